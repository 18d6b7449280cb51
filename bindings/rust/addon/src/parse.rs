//! Work like a parser's: it cuts a module's text into tokens, makes a tree of boxes from them, puts names into
//! tables, and prints the tree again. The language is made up.
use std::collections::HashMap;
use std::fmt::Write;

const STATEMENTS: u32 = 600;

struct Node {
    text: Box<str>,
    children: Vec<Box<Node>>,
}

pub struct Module {
    pub number: u32,
    tree: Node,
    names: HashMap<String, Vec<u32>>,
}

fn next_random(state: &mut u64) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 20) as u32
}

/// Statements such as `(let name12 (call other7 "text" (add 5 name3)))`.
fn source(number: u32) -> String {
    let mut random = 88172645463325252 + u64::from(number);
    let mut text = String::new();
    for statement in 0..STATEMENTS {
        let depth = 1 + next_random(&mut random) % 6;
        write!(text, "(let name{statement} ").unwrap();
        for _ in 0..depth {
            let other = next_random(&mut random) % STATEMENTS;
            let long = next_random(&mut random) % 40;
            write!(text, "(call{} other{other} \"{:long$}\" ", long % 7, other, long = long as usize).unwrap();
        }
        text.push_str("0");
        text.extend((0..=depth).map(|_| ')'));
        text.push('\n');
    }
    text
}

fn tokens(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            '"' => 2 + rest[1..].find('"').unwrap(),
            _ => rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')').unwrap_or(rest.len()),
        };
        list.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    list
}

fn node<'a>(tokens: &mut impl Iterator<Item = &'a str>, text: &str) -> Node {
    let mut children = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            ")" => break,
            "(" => children.push(Box::new(node(tokens, "()"))),
            _ => children.push(Box::new(Node { text: token.into(), children: Vec::new() })),
        }
    }
    Node { text: text.into(), children }
}

impl Node {
    fn name_all(&self, names: &mut HashMap<String, Vec<u32>>, at: &mut u32) {
        *at += 1;
        if self.children.is_empty() && !self.text.starts_with('"') {
            names.entry(self.text.to_string()).or_default().push(*at);
        }
        self.children.iter().for_each(|child| child.name_all(names, at));
    }

    fn print(&self, into: &mut String) {
        into.push_str(&self.text);
        for child in &self.children {
            into.push(' ');
            child.print(into);
        }
    }
}

impl Module {
    pub fn parse(number: u32) -> Module {
        let text = source(number);
        let list = tokens(&text);
        let tree = node(&mut list.into_iter(), "module");
        let mut names = HashMap::new();
        tree.name_all(&mut names, &mut 0);
        Module { number, tree, names }
    }

    pub fn print(&self) -> String {
        let mut text = format!("// module {} has {} names\n", self.number, self.names.len());
        self.tree.print(&mut text);
        text
    }
}
