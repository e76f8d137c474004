//! The names that a piece of a statement binds: targets of assignments, loops and `with`, patterns, `:=`.

use super::lexer::{Token, Tokens};
use std::collections::BTreeMap;

/// Collects the names of a module.
#[derive(Default)]
pub(super) struct Names<'a> {
    bound: Vec<&'a [u8]>,
    /// Those that `from . import name` binds.
    from_package: Vec<&'a [u8]>,
}

impl<'a> Names<'a> {
    pub(super) fn add(&mut self, name: &'a [u8]) {
        self.bound.push(name);
    }

    /// Adds a name that a module of the same package, or the package itself, is asked for.
    pub(super) fn add_from_package(&mut self, name: &'a [u8]) {
        self.add(name);
        self.from_package.push(name);
    }

    /// The names that nothing else binds, in order, each after a newline.
    pub(super) fn only_from_package(&self) -> Box<str> {
        if self.from_package.is_empty() {
            return Box::default();
        }
        let count = |names: &[&'a [u8]]| {
            let mut counts: BTreeMap<&'a [u8], usize> = BTreeMap::new();
            names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
            counts
        };
        let (all, taken) = (count(&self.bound), count(&self.from_package));
        let only = taken.into_iter().filter(|(name, times)| all.get(name) == Some(times));
        only.map(|(name, _)| format!("{}\n", String::from_utf8_lossy(name))).collect::<String>().into()
    }

    /// All of them in order, each once, each after a newline.
    pub(super) fn into_text(mut self) -> Box<str> {
        self.bound.sort_unstable();
        self.bound.dedup();
        // In another encoding a name may come out as another one, at another place in the order.
        let mut names: Vec<_> = self.bound.into_iter().map(String::from_utf8_lossy).collect();
        names.sort_unstable();
        names.dedup();
        let mut text = String::new();
        for name in names {
            text.push_str(&name);
            text.push('\n');
        }
        text.into()
    }

    /// Adds the names that an assignment to these tokens binds: `a, (b, *c)`, and nothing of `a.b` or `a[b]`.
    pub(super) fn targets(&mut self, mut tokens: Tokens<'a>) {
        // For each open bracket, whether it only groups; one behind a name is a call or a subscript.
        let mut brackets: Vec<bool> = Vec::new();
        let mut before: Option<Token<'a>> = None;
        while let Some((_, token)) = tokens.next() {
            match token {
                Token::Operator(b'(' | b'[' | b'{') => {
                    let follows = matches!(before, Some(Token::Name(_) | Token::Operator(b')' | b']')));
                    let outer = brackets.last().copied().unwrap_or(true);
                    brackets.push(outer && !follows);
                }
                Token::Operator(b')' | b']' | b'}') => {
                    brackets.pop();
                }
                Token::Name(name) if brackets.last().copied().unwrap_or(true) => {
                    let next = tokens.clone().next().map(|(_, token)| token);
                    let trailer = matches!(next, Some(Token::Operator(b'.' | b'[' | b'(')));
                    if !trailer && before != Some(Token::Operator(b'.')) {
                        self.add(name);
                    }
                }
                _ => {}
            }
            before = Some(token);
        }
    }

    /// Adds the names that a pattern of `case` captures.
    pub(super) fn captures(&mut self, mut tokens: Tokens<'a>) {
        let mut before: Option<Token<'a>> = None;
        while let Some((_, token)) = tokens.next() {
            if let Token::Name(name) = token {
                let next = tokens.clone().next().map(|(_, token)| token);
                let value = matches!(next, Some(Token::Operator(b'.' | b'(') | Token::Assign));
                let word = matches!(name, b"_" | b"as" | b"None" | b"True" | b"False");
                if !value && !word && before != Some(Token::Operator(b'.')) {
                    self.add(name);
                }
            }
            before = Some(token);
        }
    }

    /// Adds the names that `:=` binds anywhere in an expression, lambdas left out.
    pub(super) fn walruses(&mut self, mut tokens: Tokens<'a>) {
        // Depths of lambdas that are open: those whose parameters are read, and those whose body is.
        let (mut depth, mut lambdas) = (0_usize, Vec::<(usize, bool)>::new());
        let mut before = None;
        while let Some((_, token)) = tokens.next() {
            match token {
                Token::Name(b"lambda") => lambdas.push((depth, true)),
                Token::Operator(b'(' | b'[' | b'{') => depth += 1,
                Token::Operator(b')' | b']' | b'}') => {
                    depth = depth.saturating_sub(1);
                    while lambdas.pop_if(|(at, _)| *at > depth).is_some() {}
                }
                Token::Operator(b':') => {
                    if let Some((at, parameters)) = lambdas.last_mut().filter(|(at, _)| *at == depth) {
                        if *parameters {
                            *parameters = false;
                        } else if *at == depth {
                            lambdas.pop();
                        }
                    }
                }
                Token::Operator(b',') => {
                    while lambdas.pop_if(|(at, parameters)| *at == depth && !*parameters).is_some() {}
                }
                Token::Walrus if lambdas.is_empty() => {
                    if let Some(Token::Name(name)) = before {
                        self.add(name);
                    }
                }
                Token::String(text) if lambdas.is_empty() && memchr::memmem::find(text, b":=").is_some() => {
                    self.fields(text);
                }
                _ => {}
            }
            before = Some(token);
        }
    }

    /// Adds the names that `:=` binds in the fields of an f-string, where it stands in brackets.
    fn fields(&mut self, literal: &'a [u8]) {
        let formatted = literal.iter().take(2).any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
        for at in memchr::memmem::find_iter(literal, b":=").filter(|_| formatted) {
            let before = literal[..at].trim_ascii_end();
            let length = before.iter().rev().take_while(|byte| super::lexer::is_identifier(**byte)).count();
            let (rest, name) = before.split_at(before.len() - length);
            if !name.is_empty() && rest.trim_ascii_end().ends_with(b"(") {
                self.add(name);
            }
        }
    }
}
