//! The parser of the example `lua`: the trees that it makes, and that no text makes it panic.
#![cfg(all(feature = "std", feature = "allocator-api2-02"))]

#[path = "../examples/lua/lexer.rs"]
mod lexer;
#[path = "../examples/lua/parser.rs"]
mod parser;
#[path = "../examples/lua/print.rs"]
mod print;
#[path = "../examples/lua/tree.rs"]
mod tree;

use bump_local::{ArenaRef, Pool};

const SAMPLE: &str = include_str!("../examples/lua/sample.lua");

fn parse<'p>(arena: ArenaRef<'_, 'p>, text: &str) -> Result<tree::File<'p>, lexer::Error> {
    arena.scratch(|beside| parser::parse(arena, beside.arena_ref(), text))
}

/// The statements of a text as text.
fn printed(text: &str) -> String {
    let pool = Pool::new();
    match parse(pool.get().arena_ref(), text) {
        Ok(file) => {
            let statements: Vec<String> = file.block.iter().map(|one| one.to_string()).collect();
            statements.join(" ")
        }
        Err(error) => format!("{} at {}", error.message, error.at),
    }
}

#[test]
fn operators_bind_as_in_lua() {
    for (text, expected) in [
        ("1 + 2 * 3", "(+ 1 (* 2 3))"),
        ("(1 + 2) * 3", "(* (first (+ 1 2)) 3)"),
        ("1 - 2 - 3", "(- (- 1 2) 3)"),
        ("'a' .. 'b' .. 'c'", r#"(.. "a" (.. "b" "c"))"#),
        ("-2 ^ 2", "(- (^ 2 2))"),
        ("2 ^ -3 ^ 2", "(^ 2 (- (^ 3 2)))"),
        ("not 1 == 2", "(== (not 1) 2)"),
        ("1 or 2 and 3 < 4", "(or 1 (and 2 (< 3 4)))"),
        (
            "1 | 2 ~ 3 & 4 << 5 .. 6",
            "(| 1 (~ 2 (& 3 (<< 4 (.. 5 6)))))",
        ),
        ("#{} // 0x1p-2 % .5e+1", "(% (// (# (table)) 0x1p-2) .5e+1)"),
        ("[==[a]]b]=]]==]", r#""a]]b]=]""#),
    ] {
        assert_eq!(
            printed(&format!("return {text}")),
            format!("(return {expected})")
        );
    }
}

#[test]
fn variables_are_those_of_the_innermost_block() {
    assert_eq!(
        printed("x = 1 local x = x do local x = x end x = x repeat local y until y y = x"),
        "(set _ENV.x = 1) (local x = _ENV.x) (block { (local x = x) }) (set x = x) \
         (until y { (local y =) }) (set _ENV.y = x)"
    );
    let pool = Pool::new();
    let arena = pool.get();
    let text = "local used, unused, _ = 1 function f(parameter) print(used, self) end";
    let file = parse(arena.arena_ref(), text).unwrap();
    let unused: Vec<&str> = file.unused.iter().map(|variable| variable.name.0).collect();
    assert_eq!(unused, ["parameter", "unused"]);
    let globals: Vec<_> = file
        .globals
        .iter()
        .map(|one| (one.name.0, one.uses))
        .collect();
    assert_eq!(globals, [("f", 1), ("print", 1), ("self", 1)]);
    let part = |span: tree::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(part(file.globals[1].first), "print");
    assert_eq!(part(file.unused[0].span), "parameter");
    assert_eq!(
        part(file.block[0].span).trim_end(),
        "local used, unused, _ = 1"
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, expected) in [
        ("local", "a name was expected at 5"),
        ("x", "a call or an assignment was expected at 1"),
        ("f(1", "`)` was expected at 3"),
        ("return 1 x", "the end of the file was expected at 9"),
        ("x = 'a\nb'", "a string is not closed at 4"),
        ("--[[ a", "a long bracket is not closed at 2"),
        ("x = $", "a character that Lua does not know at 4"),
    ] {
        assert_eq!(printed(text), expected);
    }
    assert!(printed(&format!("x = {}", "(".repeat(10_000))).starts_with("too many blocks"));
}

#[test]
fn the_sample_is_parsed_by_every_thread_and_cut_anywhere() {
    let mut pool = Pool::new();
    let files = std::thread::scope(|threads| {
        let work = || parse(pool.get().arena_ref(), SAMPLE);
        [(); 2]
            .map(|()| threads.spawn(work))
            .map(|worker| worker.join().unwrap().unwrap())
    });
    assert_eq!(files[0].nodes, files[1].nodes);
    assert!(files[0].nodes > 300 && files[0].unused.is_empty());
    let used: usize = pool.arenas().map(|arena| arena.used_bytes()).sum();
    assert!(used < 2 * 30_000, "{used}");
    let step = if cfg!(miri) { 97 } else { 1 };
    for end in (0..SAMPLE.len())
        .step_by(step)
        .filter(|end| SAMPLE.is_char_boundary(*end))
    {
        let mut arena = pool.get();
        let guard = arena.guard();
        // Some parts are whole programs; none makes the parser panic.
        let _ = parse(guard.arena_ref(), &SAMPLE[..end]);
    }
}
