//! One pass over the logical lines of a module: which imports run, and which names are bound.

use super::binding::Names;
use super::doubt::{has_plain_encoding, telling};
use super::lexer::{Doubt, Line, Lines, Token, Tokens};
use super::{Doubts, Import, Runs, Summary};

/// Maximum size of a summary in bytes; a longer one is as good as unread.
const MAX_SUMMARY: usize = 64 * 1024;

/// Reads a module.
pub fn summarise(text: &[u8]) -> Summary {
    let summary = Scan::new(text).run().unwrap_or_else(|Doubt| Summary::unread());
    if summary.cost() > MAX_SUMMARY { Summary::unread() } else { summary }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Module,
    Class,
    Function,
}

/// What holds for the statements of a block.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) scope: Scope,
    pub(super) runs: Runs,
    /// The innermost `try` whose handlers may catch what is raised here.
    pub(super) attempt: Option<usize>,
}

/// A block: a compound statement whose body stands on the lines below it.
pub(super) struct Block<'a> {
    indent: usize,
    context: Context,
    matches: bool,
    /// The function whose first statements are still read, those that run at each call.
    pub(super) function: Option<&'a [u8]>,
}

/// A `try`.
pub(super) struct Attempt {
    /// Whether a handler may catch a failed import.
    pub(super) catches: bool,
    pub(super) outer: Option<usize>,
}

pub(super) struct Draft {
    pub(super) import: Import,
    pub(super) attempt: Option<usize>,
}

pub(super) struct Scan<'a> {
    pub(super) text: &'a [u8],
    pub(super) blocks: Vec<Block<'a>>,
    pub(super) attempts: Vec<Attempt>,
    /// Statements that `else`, `except` and `finally` at an indentation may belong to; a `try` with its number.
    pub(super) clauses: Vec<(usize, Option<usize>)>,
    pub(super) imports: Vec<Draft>,
    pub(super) names: Names<'a>,
    pub(super) doubts: Doubts,
    /// An unconditional `raise` or exit was met: what follows may not run.
    pub(super) ended: bool,
    /// An offset and its line.
    pub(super) counted: (usize, u32),
}

pub(super) type Read<T = ()> = Result<T, Doubt>;

impl<'a> Scan<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            blocks: Vec::new(),
            attempts: Vec::new(),
            clauses: Vec::new(),
            imports: Vec::new(),
            names: Names::default(),
            doubts: Doubts::default(),
            ended: false,
            counted: (0, 1),
        }
    }

    fn run(mut self) -> Read<Summary> {
        let text = self.text;
        if !has_plain_encoding(text) {
            return Err(Doubt);
        }
        let mut telling = telling(text)?.into_iter().peekable();
        let mut lines = Lines::new(text);
        while let Some(line) = lines.next()? {
            while self.blocks.pop_if(|block| line.indent <= block.indent).is_some() {}
            let mut tells = false;
            while let Some(at) = telling.next_if(|at| *at < line.end) {
                tells |= at >= line.start;
            }
            if tells {
                self.tell(line);
            }
            if self.context().scope == Scope::Function {
                self.in_function(line)?;
            } else {
                self.statement(line)?;
            }
        }
        Ok(self.finish())
    }

    fn finish(self) -> Summary {
        let mut caught: Vec<bool> = Vec::with_capacity(self.attempts.len());
        for Attempt { catches, outer } in &self.attempts {
            caught.push(*catches || outer.is_some_and(|outer| caught[outer]));
        }
        let imports = self.imports.into_iter().map(|Draft { mut import, attempt }| {
            if import.runs == Runs::Always && attempt.is_some_and(|attempt| caught[attempt]) {
                import.runs = Runs::Perhaps;
            }
            import
        });
        let from_package = self.names.only_from_package();
        Summary { imports: imports.collect(), names: self.names.into_text(), from_package, doubts: self.doubts }
    }

    pub(super) fn context(&self) -> Context {
        let module = Context { scope: Scope::Module, runs: Runs::Always, attempt: None };
        self.blocks.last().map_or(module, |block| block.context)
    }

    pub(super) fn tokens(&self, start: usize, end: usize) -> Tokens<'a> {
        Tokens::new(self.text, start, end)
    }

    /// A line of a function's body: only imports matter, and whether the statements that always run go on.
    fn in_function(&mut self, line: Line) -> Read {
        let straight = self.blocks.last().and_then(|block| block.function);
        let word = first_word(&self.text[line.start..line.end]);
        let imports = matches!(word, b"import" | b"from");
        if straight.is_none() && !imports {
            return Ok(());
        }
        let runs = if straight.is_some() { Runs::WhenCalled } else { Runs::Perhaps };
        let context = Context { scope: Scope::Function, runs, attempt: None };
        let mut goes_on = !is_keyword(word) || matches!(word, b"import" | b"from" | b"pass" | b"await" | b"yield");
        goes_on &= word != b"async" && self.text[line.start] != b'@' && !self.is_match(line);
        if imports || goes_on {
            goes_on &= self.simple(line.start, line.end, context)?;
        }
        if !goes_on && let Some(block) = self.blocks.last_mut() {
            block.function = None;
        }
        Ok(())
    }

    /// `match x:`, and not a variable of that name.
    fn is_match(&self, line: Line) -> bool {
        let text = &self.text[line.start..line.end];
        if first_word(text) != b"match" || text.last() != Some(&b':') {
            return false;
        }
        let mut tokens = self.tokens(line.start + b"match".len(), line.end - 1);
        let other = |token| matches!(token, Token::Assign | Token::Walrus | Token::Operator(b'.' | b',' | b':'));
        tokens.next().is_some_and(|(_, token)| !other(token))
    }

    /// A line outside of functions.
    fn statement(&mut self, line: Line) -> Read {
        let mut tokens = self.tokens(line.start, line.end);
        let Some((_, first)) = tokens.next() else { return Ok(()) };
        if !may_begin(first) {
            return Err(Doubt);
        }
        let word = match first {
            Token::Name(b"async") => match tokens.next() {
                Some((_, Token::Name(word))) => word,
                _ => return Err(Doubt),
            },
            Token::Name(word) => word,
            _ => b"",
        };
        let context = self.context();
        let clause = matches!(word, b"elif" | b"else" | b"except" | b"finally");
        self.clauses.truncate(self.clauses.partition_point(|(indent, _)| *indent < line.indent + usize::from(clause)));
        let compound = match word {
            b"if" | b"elif" | b"else" | b"for" | b"while" | b"with" | b"try" | b"except" | b"finally" | b"def"
            | b"class" => true,
            b"match" => self.is_match(line),
            b"case" => self.blocks.last().is_some_and(|block| block.matches),
            _ => false,
        };
        if !compound {
            if first == Token::Operator(b'@') {
                self.expression(context, line.start, line.end);
                return Ok(());
            }
            self.simple(line.start, line.end, context)?;
            return Ok(());
        }
        let head = tokens.at;
        let colon = self.colon(head, line.end).ok_or(Doubt)?;
        let (body, function) = self.open(word, (head, colon), line.indent, context)?;
        let rest = colon + 1 + self.text[colon + 1..line.end].iter().take_while(|byte| **byte == b' ').count();
        if rest < line.end {
            let word = first_word(&self.text[rest..line.end]);
            if is_keyword(word) && matches!(word, b"if" | b"for" | b"while" | b"with" | b"try" | b"def" | b"class") {
                return Err(Doubt);
            }
            self.simple(rest, line.end, body)?;
        } else {
            self.blocks.push(Block { indent: line.indent, context: body, matches: word == b"match", function });
        }
        Ok(())
    }

    /// An expression, of which only `:=` matters.
    pub(super) fn expression(&mut self, context: Context, start: usize, end: usize) {
        if context.scope == Scope::Module && memchr::memmem::find(&self.text[start..end], b":=").is_some() {
            self.names.walruses(self.tokens(start, end));
        }
    }
}

/// Whether a statement may begin with a token. What begins with another is no Python: `<<<<<<< HEAD`, `%magic`, `!ls`.
fn may_begin(token: Token<'_>) -> bool {
    match token {
        Token::Operator(byte) => matches!(byte, b'(' | b'[' | b'{' | b'-' | b'+' | b'~' | b'*' | b'@' | b'.'),
        Token::Assign | Token::Walrus | Token::Augmented => false,
        Token::Name(_) | Token::String(_) | Token::Number => true,
    }
}

fn first_word(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| super::lexer::is_identifier(**byte)).count();
    &text[..length]
}

/// Words that cannot be names.
#[rustfmt::skip]
pub(super) fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"False" | b"None" | b"True" | b"and" | b"as" | b"assert" | b"async" | b"await" | b"break" | b"class"
            | b"continue" | b"def" | b"del" | b"elif" | b"else" | b"except" | b"finally" | b"for" | b"from"
            | b"global" | b"if" | b"import" | b"in" | b"is" | b"lambda" | b"nonlocal" | b"not" | b"or" | b"pass"
            | b"raise" | b"return" | b"try" | b"while" | b"with" | b"yield"
    )
}
