//! Simple statements: imports, assignments, and what ends a module or a function.

use super::lexer::{Doubt, Token, Tokens};
use super::scan::{Context, Draft, Read, Scan, Scope, is_keyword};
use super::{Import, Runs};

impl<'a> Scan<'a> {
    /// Simple statements with semicolons in between; `false` where one of them may leave a function.
    pub(super) fn simple(&mut self, start: usize, end: usize, context: Context) -> Read<bool> {
        let (mut from, mut goes_on) = (start, true);
        if memchr::memchr(b';', &self.text[start..end]).is_none() {
            return self.one(start, end, context);
        }
        let (mut tokens, mut depth) = (self.tokens(start, end), 0_usize);
        while let Some((at, token)) = tokens.next() {
            match token {
                Token::Operator(b'(' | b'[' | b'{') => depth += 1,
                Token::Operator(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                Token::Operator(b';') if depth == 0 => {
                    goes_on &= self.one(from, at, context)?;
                    from = at + 1;
                }
                _ => {}
            }
        }
        Ok(self.one(from, end, context)? && goes_on)
    }

    /// One simple statement.
    fn one(&mut self, start: usize, end: usize, context: Context) -> Read<bool> {
        let mut tokens = self.tokens(start, end);
        let module = context.scope == Scope::Module;
        let always = context.scope != Scope::Function && context.runs == Runs::Always;
        let Some((at, Token::Name(word))) = tokens.next() else {
            if module {
                self.assignment(context, start, end);
            }
            return Ok(true);
        };
        match word {
            b"import" => self.import(at, tokens, context)?,
            b"from" => self.from(at, tokens, context)?,
            b"raise" => {
                self.ended |= always;
                return Ok(false);
            }
            b"return" | b"break" | b"continue" | b"assert" | b"del" | b"global" | b"nonlocal" | b"yield" => {
                self.expression(context, start, end);
                return Ok(word == b"yield");
            }
            b"type" if matches!(tokens.clone().next(), Some((_, Token::Name(name))) if !is_keyword(name)) => {
                if let Some((_, Token::Name(name))) = tokens.next().filter(|_| module) {
                    self.names.add(name);
                }
                return Ok(false);
            }
            _ => {
                self.ended |= always && Self::exits(word, tokens);
                if module {
                    self.assignment(context, start, end);
                }
            }
        }
        Ok(true)
    }

    /// `sys.exit()`, `exit()`, `os._exit()`.
    fn exits(word: &[u8], mut tokens: Tokens<'a>) -> bool {
        let mut next = || tokens.next().map(|(_, token)| token);
        match word {
            b"exit" | b"quit" => next() == Some(Token::Operator(b'(')),
            b"sys" | b"os" => {
                next() == Some(Token::Operator(b'.'))
                    && matches!(next(), Some(Token::Name(b"exit" | b"_exit" | b"abort")))
            }
            _ => false,
        }
    }

    /// A statement that may be an assignment.
    fn assignment(&mut self, context: Context, start: usize, end: usize) {
        let (mut depth, mut lambdas, mut from) = (0_usize, 0_usize, start);
        let mut tokens = self.tokens(start, end);
        while let Some((at, token)) = tokens.next() {
            match token {
                Token::Operator(b'(' | b'[' | b'{') => depth += 1,
                Token::Operator(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                Token::Name(b"lambda") if depth == 0 => lambdas += 1,
                Token::Operator(b':') if depth == 0 && lambdas > 0 => lambdas -= 1,
                Token::Assign if depth == 0 && lambdas == 0 => {
                    self.names.targets(self.tokens(from, at));
                    from = tokens.at;
                }
                Token::Operator(b':') | Token::Augmented if depth == 0 && lambdas == 0 => {
                    self.names.targets(self.tokens(from, at));
                    break;
                }
                _ => {}
            }
        }
        self.expression(context, start, end);
    }

    /// `a.b.c` and the token after it.
    fn dotted(tokens: &mut Tokens<'a>) -> (String, Option<Token<'a>>) {
        let mut name = String::new();
        loop {
            match tokens.next().map(|(_, token)| token) {
                Some(Token::Operator(b'.')) => name.push('.'),
                Some(Token::Name(part)) if !is_keyword(part) && (name.is_empty() || name.ends_with('.')) => {
                    name.push_str(&String::from_utf8_lossy(part));
                }
                other => return (name, other),
            }
        }
    }

    fn import(&mut self, at: usize, mut tokens: Tokens<'a>, context: Context) -> Read {
        loop {
            let begin = tokens.clone().next();
            let (module, mut next) = Self::dotted(&mut tokens);
            let Some((_, Token::Name(first))) = begin.filter(|_| !module.is_empty()) else { return Err(Doubt) };
            let mut bound = first;
            if next == Some(Token::Name(b"as")) {
                let Some((_, Token::Name(alias))) = tokens.next() else { return Err(Doubt) };
                bound = alias;
                // `sys.path` would go by another name.
                self.doubts.path |= module == "sys" && alias != b"sys";
                next = tokens.next().map(|(_, token)| token);
            }
            self.doubts.path |= module == "zipimport";
            if context.scope == Scope::Module {
                self.names.add(bound);
            }
            self.add(at, 0, &module, "", context);
            match next {
                None => return Ok(()),
                Some(Token::Operator(b',')) => {}
                Some(_) => return Err(Doubt),
            }
        }
    }

    fn from(&mut self, at: usize, mut tokens: Tokens<'a>, context: Context) -> Read {
        let mut level = 0_u8;
        while let Some((_, Token::Operator(b'.'))) = tokens.clone().next() {
            tokens.next();
            level = level.saturating_add(1);
        }
        let (module, next) = Self::dotted(&mut tokens);
        if next != Some(Token::Name(b"import")) || (module.is_empty() && level == 0) {
            return Err(Doubt);
        }
        let mut names = String::new();
        let mut next = tokens.next();
        if let Some((_, Token::Operator(b'('))) = next {
            next = tokens.next();
        }
        loop {
            let mut own_name = level == 1 && module.is_empty();
            let (name, mut bound) = match next {
                Some((_, Token::Operator(b'*'))) => (&b"*"[..], None),
                Some((_, Token::Name(name))) => (name, Some(name)),
                Some((_, Token::Operator(b')'))) | None if !names.is_empty() => break,
                _ => return Err(Doubt),
            };
            next = tokens.next();
            if let Some((_, Token::Name(b"as"))) = next {
                let Some((_, Token::Name(alias))) = tokens.next() else { return Err(Doubt) };
                own_name &= alias == name;
                bound = Some(alias);
                next = tokens.next();
            }
            if let Some(bound) = bound.filter(|_| context.scope == Scope::Module) {
                if own_name { self.names.add_from_package(bound) } else { self.names.add(bound) }
            }
            if !names.is_empty() {
                names.push(',');
            }
            names.push_str(&String::from_utf8_lossy(name));
            match next {
                Some((_, Token::Operator(b','))) => next = tokens.next(),
                Some((_, Token::Operator(b')'))) | None => break,
                Some(_) => return Err(Doubt),
            }
        }
        let changing = ["path", "meta_path", "path_hooks", "modules", "path_importer_cache"];
        self.doubts.path |= module == "sys" && names.split(',').any(|name| changing.contains(&name) || name == "*");
        self.doubts.path |= module == "zipimport";
        self.add(at, level, &module, &names, context);
        Ok(())
    }

    fn add(&mut self, at: usize, level: u8, module: &str, names: &str, context: Context) {
        let runs = if self.ended { Runs::Perhaps } else { context.runs };
        let function = self.blocks.last().and_then(|block| block.function).filter(|_| runs == Runs::WhenCalled);
        let function = String::from_utf8_lossy(function.unwrap_or_default());
        let mut text = module.to_owned();
        if !(names.is_empty() && function.is_empty()) {
            text = format!("{module}\n{names}\n{function}");
        }
        let line = self.line(at);
        let import = Import { line, level, runs, text: text.into() };
        self.imports.push(Draft { import, attempt: context.attempt });
    }

    /// The line of an offset that is not before the last one asked for.
    fn line(&mut self, at: usize) -> u32 {
        let (from, line) = self.counted;
        let passed = &self.text[from.min(at)..at];
        let mut count = memchr::memchr_iter(b'\n', passed).count();
        // A carriage return alone ends a line too.
        count += memchr::memchr_iter(b'\r', passed).filter(|found| passed.get(found + 1) != Some(&b'\n')).count();
        self.counted = (at, line + count as u32);
        self.counted.1
    }
}
