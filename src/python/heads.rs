//! Heads of compound statements: what holds in their bodies, and which names they bind.

use super::Runs;
use super::lexer::{Doubt, Token};
use super::scan::{Attempt, Context, Read, Scan, Scope};

/// Exceptions that an import cannot raise: a `try` that catches only these does not guard one.
#[rustfmt::skip]
const OTHER_EXCEPTIONS: &[&[u8]] = &[
    b"ArithmeticError", b"AssertionError", b"AttributeError", b"ClientError", b"EnvironmentError",
    b"FileNotFoundError", b"IOError", b"IndexError", b"KeyError", b"LookupError", b"NameError",
    b"NotImplementedError", b"OSError", b"PermissionError", b"RuntimeError", b"StopIteration", b"SyntaxError",
    b"TypeError", b"UnicodeDecodeError", b"ValueError", b"ZeroDivisionError", b"json.JSONDecodeError",
];

impl<'a> Scan<'a> {
    /// The colon that ends the head of a compound statement.
    pub(super) fn colon(&self, start: usize, end: usize) -> Option<usize> {
        let (mut depth, mut lambdas) = (0_usize, 0_usize);
        let mut tokens = self.tokens(start, end);
        while let Some((at, token)) = tokens.next() {
            match token {
                Token::Operator(b'(' | b'[' | b'{') => depth += 1,
                Token::Operator(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                Token::Name(b"lambda") if depth == 0 => lambdas += 1,
                Token::Operator(b':') if depth == 0 && lambdas == 0 => return Some(at),
                Token::Operator(b':') if depth == 0 => lambdas -= 1,
                _ => {}
            }
        }
        None
    }

    /// The head of a compound statement: what holds in its body, and the function that it defines.
    pub(super) fn open(
        &mut self,
        word: &'a [u8],
        (head, colon): (usize, usize),
        indent: usize,
        context: Context,
    ) -> Read<(Context, Option<&'a [u8]>)> {
        let module = context.scope == Scope::Module;
        let perhaps = Context { runs: Runs::Perhaps, ..context };
        let mut tokens = self.tokens(head, colon);
        Ok(match word {
            b"def" | b"class" => {
                let Some((_, Token::Name(name))) = tokens.next() else { return Err(Doubt) };
                if module {
                    self.names.add(name);
                    self.doubts.names |= name == b"__getattr__";
                }
                self.expression(context, tokens.at, colon);
                if word == b"class" {
                    (Context { scope: Scope::Class, ..context }, None)
                } else {
                    (Context { scope: Scope::Function, ..perhaps }, Some(name).filter(|_| module))
                }
            }
            b"try" => {
                self.attempts.push(Attempt { catches: false, outer: context.attempt });
                let attempt = Some(self.attempts.len() - 1);
                self.clauses.push((indent, attempt));
                (Context { attempt, ..context }, None)
            }
            b"except" => {
                let (_, Some(attempt)) = *self.clauses.last().ok_or(Doubt)? else { return Err(Doubt) };
                if self.handler(head, colon, module) {
                    self.attempts[attempt].catches = true;
                }
                (perhaps, None)
            }
            b"finally" => (context, None),
            b"else" => match self.clauses.last().ok_or(Doubt)? {
                (_, Some(attempt)) => (Context { attempt: Some(*attempt), ..context }, None),
                (_, None) => (perhaps, None),
            },
            b"for" => {
                self.clauses.push((indent, None));
                if module {
                    let until = self.find(head, colon, b"in").ok_or(Doubt)?;
                    self.names.targets(self.tokens(head, until));
                }
                self.expression(context, head, colon);
                (perhaps, None)
            }
            b"with" => {
                if module {
                    self.aliases(head, colon);
                }
                self.expression(context, head, colon);
                (perhaps, None)
            }
            b"case" => {
                if module {
                    let until = self.find(head, colon, b"if").unwrap_or(colon);
                    self.names.captures(self.tokens(head, until));
                    self.expression(context, until, colon);
                }
                (perhaps, None)
            }
            b"if" | b"while" => {
                self.clauses.push((indent, None));
                self.expression(context, head, colon);
                (perhaps, None)
            }
            _ => {
                self.expression(context, head, colon);
                (perhaps, None)
            }
        })
    }

    /// Where a word stands outside of brackets.
    fn find(&self, start: usize, end: usize, word: &[u8]) -> Option<usize> {
        let mut depth = 0_usize;
        let mut tokens = self.tokens(start, end);
        while let Some((at, token)) = tokens.next() {
            match token {
                Token::Operator(b'(' | b'[' | b'{') => depth += 1,
                Token::Operator(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                Token::Name(name) if depth == 0 && name == word => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// The head of `except`: whether the handler may catch a failed import.
    fn handler(&mut self, head: usize, colon: usize, module: bool) -> bool {
        let until = self.find(head, colon, b"as").unwrap_or(colon);
        if module {
            let mut tokens = self.tokens((until + b"as".len()).min(colon), colon);
            if let Some((_, Token::Name(name))) = tokens.next() {
                self.names.add(name);
            }
        }
        let (mut tokens, mut exception, mut any) = (self.tokens(head, until), Vec::new(), false);
        while let Some((_, token)) = tokens.next() {
            match token {
                Token::Operator(b'*' | b'(') if exception.is_empty() => {}
                Token::Operator(b',' | b')') => {
                    any |= !exception.is_empty();
                    if !exception.is_empty() && !OTHER_EXCEPTIONS.contains(&exception.as_slice()) {
                        return true;
                    }
                    exception.clear();
                }
                Token::Name(name) => exception.extend_from_slice(name),
                Token::Operator(b'.') => exception.push(b'.'),
                _ => return true,
            }
        }
        let last = !exception.is_empty();
        !(any || last) || (last && !OTHER_EXCEPTIONS.contains(&exception.as_slice()))
    }

    /// The head of `with`: what stands after each `as`.
    fn aliases(&mut self, head: usize, colon: usize) {
        let mut depth = 0_usize;
        let mut tokens = self.tokens(head, colon);
        // Where the target of an `as` begins, and its depth.
        let mut target: Option<(usize, usize)> = None;
        while let Some((at, token)) = tokens.next() {
            let closes = matches!(token, Token::Operator(b')' | b']' | b'}'));
            if let Some((start, of)) = target
                && depth == of
                && (closes || token == Token::Operator(b','))
            {
                self.names.targets(self.tokens(start, at));
                target = None;
            }
            match token {
                Token::Operator(b'(' | b'[' | b'{') => depth += 1,
                _ if closes => depth = depth.saturating_sub(1),
                Token::Name(b"as") if target.is_none() => target = Some((tokens.at, depth)),
                _ => {}
            }
        }
        if let Some((start, _)) = target {
            self.names.targets(self.tokens(start, colon));
        }
    }
}
