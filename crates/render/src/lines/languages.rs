//! The programming languages that count, and as much of their syntax as it takes to find comments.
//!
//! Names and extensions are those of tokei, whose counts people compare with. Formats for data, configuration,
//! documentation and builds are absent on purpose.

/// What comments and texts look like in a language.
pub(super) struct Syntax {
    /// What a comment up to the end of the line begins with.
    pub(super) lines: &'static [&'static str],
    /// What other comments begin and end with.
    pub(super) blocks: &'static [Pair],
    /// Whether such comments hold others.
    pub(super) is_nested: bool,
    /// What texts begin and end with in which a backslash escapes.
    pub(super) texts: &'static [Pair],
    /// What texts begin and end with in which it does not.
    pub(super) raw_texts: &'static [Pair],
    /// What a line of documentation begins with.
    pub(super) docs: &'static [&'static str],
    /// Where other languages begin and end.
    pub(super) embeds: &'static [Pair],
}

type Pair = (&'static str, &'static str);

/// The language of files with this extension, in any casing, by its name.
pub(super) fn find(extension: &str) -> Option<(&'static str, &'static Syntax)> {
    let extension = extension.to_ascii_lowercase();
    LANGUAGES.iter().find_map(|(syntax, languages)| {
        let is_match = |(_, extensions): &&(_, &str)| extensions.split(' ').any(|known| known == extension);
        languages.iter().find(is_match).map(|(name, _)| (*name, syntax))
    })
}

const C_BLOCK: &[Pair] = &[("/*", "*/")];
const DASH_BLOCK: &[Pair] = &[("{-", "-}")];
const PAGE_BLOCK: &[Pair] = &[("<!--", "-->")];
const DOUBLE: &[Pair] = &[("\"", "\"")];
const SINGLE: &[Pair] = &[("'", "'")];
const BOTH: &[Pair] = &[("\"", "\""), ("'", "'")];
const WITH_BACKTICK: &[Pair] = &[("\"", "\""), ("'", "'"), ("`", "`")];
const TRIPLE: &[Pair] = &[("\"\"\"", "\"\"\""), ("\"", "\"")];
const BOTH_TRIPLE: &[Pair] = &[("\"\"\"", "\"\"\""), ("'''", "'''"), ("\"", "\""), ("'", "'")];
const RUST_RAW: &[Pair] = &[("r##\"", "\"##"), ("r#\"", "\"#"), ("r\"", "\"")];
const AT_RAW: &[Pair] = &[("@\"", "\"")];
const EMBEDS: &[Pair] = &[("<script", "</script>"), ("<style", "</style>"), ("<template", "</template>")];

const NONE: Syntax =
    Syntax { lines: &[], blocks: &[], is_nested: false, texts: &[], raw_texts: &[], docs: &[], embeds: &[] };
const SLASHES: Syntax = Syntax { lines: &["//"], ..NONE };
const C: Syntax = Syntax { blocks: C_BLOCK, ..SLASHES };
const HASH: Syntax = Syntax { lines: &["#"], ..NONE };
const DASHES: Syntax = Syntax { lines: &["--"], ..NONE };
const SEMICOLON: Syntax = Syntax { lines: &[";"], ..NONE };
const PERCENT: Syntax = Syntax { lines: &["%"], ..NONE };
const PAGE: Syntax = Syntax { blocks: PAGE_BLOCK, texts: BOTH, ..NONE };

static LANGUAGES: &[(Syntax, &[(&str, &str)])] = &[
    (Syntax { texts: DOUBLE, raw_texts: RUST_RAW, docs: &["///", "//!"], is_nested: true, ..C }, &[("Rust", "rs")]),
    (
        Syntax { texts: DOUBLE, ..C },
        &[
            ("ActionScript", "as"),
            ("Arduino C++", "ino"),
            ("C", "c ec pgc"),
            ("C Header", "h"),
            ("C++ Header", "hh hpp hxx inl ipp"),
            ("CUDA", "cu"),
            ("CodeQL", "ql qll"),
            ("GLSL", "vert tesc tese geom frag comp mesh task rgen rint rahit rchit rmiss rcall glsl"),
            ("GNU Style Assembly", "s"),
            ("Go", "go"),
            ("Groovy", "groovy grt gtpl gvy"),
            ("HLSL", "hlsl fx fxsub"),
            ("Java", "java"),
            ("Metal Shading Language", "metal"),
            ("Modelica", "mo mos"),
            ("Monkey C", "mc"),
            ("Nextflow", "nextflow nf"),
            ("Objective-C", "m"),
            ("Objective-C++", "mm"),
            ("Processing", "pde"),
            ("ReScript", "res resi"),
            ("Scala", "sc scala"),
            ("ShaderLab", "shader cginc"),
            ("Slang", "slang"),
            ("Slint", "slint"),
            ("Solidity", "sol"),
            ("SystemVerilog", "sv svh"),
            ("TTCN-3", "ttcn ttcn3 ttcnpp"),
            ("Tact", "tact"),
            ("Unreal Script", "uc uci upkg"),
            ("Unreal Shader", "usf"),
            ("Unreal Shader Header", "ush"),
            ("Vala", "vala"),
            ("Verilog", "vg vh"),
            ("Virgil", "v3"),
        ],
    ),
    (
        Syntax { texts: DOUBLE, raw_texts: &[("R\"(", ")\"")], ..C },
        &[("C++", "cc cpp cxx c++ pcc tpp"), ("C++ Module", "cppm ixx ccm mpp mxx cxxm hppm hxxm")],
    ),
    (Syntax { texts: DOUBLE, raw_texts: AT_RAW, ..C }, &[("C#", "cs csx")]),
    (
        Syntax { texts: DOUBLE, is_nested: true, ..C },
        &[("JAI", "jai"), ("Koka", "kk"), ("SWIG", "swg i"), ("Swift", "swift")],
    ),
    (Syntax { texts: TRIPLE, is_nested: true, ..C }, &[("Kotlin", "kt kts")]),
    (Syntax { texts: TRIPLE, ..C }, &[("Ceylon", "ceylon"), ("Pony", "pony")]),
    (Syntax { texts: BOTH_TRIPLE, ..C }, &[("Dart", "dart"), ("Xtend", "xtend")]),
    (
        Syntax { texts: BOTH, ..C },
        &[
            ("CSS", "css"),
            ("Chapel", "chpl"),
            ("D", "d"),
            ("Haxe", "hx"),
            ("LESS", "less"),
            ("Odin", "odin"),
            ("OpenSCAD", "scad"),
            ("PostCSS", "pcss sss"),
            ("QML", "qml"),
            ("Sass", "sass scss"),
            ("Stylus", "styl"),
        ],
    ),
    (
        Syntax { texts: WITH_BACKTICK, ..C },
        &[
            ("Ark TypeScript", "ets"),
            ("JSX", "jsx"),
            ("JavaScript", "cjs js mjs"),
            ("TSX", "tsx"),
            ("TypeScript", "ts mts cts"),
        ],
    ),
    (C, &[("Circom", "circom"), ("GDShader", "gdshader"), ("Lex", "l lex"), ("OpenQASM", "qasm")]),
    (Syntax { lines: &["#", "//"], texts: BOTH, ..C }, &[("PHP", "php")]),
    (Syntax { blocks: C_BLOCK, ..NONE }, &[("OpenCL", "cl ocl")]),
    (SLASHES, &[("WebGPU Shader Language", "wgsl")]),
    (Syntax { texts: DOUBLE, ..SLASHES }, &[("MoonBit", "mbt mbti"), ("Zig", "zig")]),
    (Syntax { texts: DOUBLE, ..SLASHES }, &[("Gleam", "gleam")]),
    (Syntax { texts: BOTH, ..SLASHES }, &[("Cairo", "cairo"), ("Pest", "pest")]),
    (Syntax { texts: DOUBLE, raw_texts: RUST_RAW, ..SLASHES }, &[("LALRPOP", "lalrpop")]),
    (Syntax { blocks: &[("(*", "*)")], texts: DOUBLE, raw_texts: AT_RAW, ..SLASHES }, &[("F#", "fs fsi fsx fsscript")]),
    (Syntax { blocks: &[("{", "}"), ("(*", "*)")], texts: SINGLE, is_nested: true, ..SLASHES }, &[("Pascal", "pas")]),
    (
        Syntax { texts: BOTH, ..HASH },
        &[
            ("BASH", "bash"),
            ("Crystal", "cr"),
            ("Elvish", "elv"),
            ("Fish", "fish"),
            ("Kakoune script", "kak"),
            ("Korn shell", "ksh"),
            ("Nushell", "nu"),
            ("PRQL", "prql"),
            ("Puppet", "pp"),
            ("Shell", "sh"),
            ("TCL", "tcl"),
            ("Zsh", "zsh"),
        ],
    ),
    (HASH, &[("AWK", "awk"), ("C Shell", "csh"), ("GDB Script", "gdb"), ("R", "r")]),
    (Syntax { texts: DOUBLE, ..HASH }, &[("jq", "jq")]),
    (Syntax { texts: TRIPLE, ..HASH }, &[("GraphQL", "gql graphql"), ("Nim", "nim")]),
    (
        Syntax { texts: BOTH_TRIPLE, ..HASH },
        &[
            ("Cython", "pyx pxd pxi"),
            ("Elixir", "ex exs"),
            ("GDScript", "gd"),
            ("Mojo", "mojo"),
            ("Python", "py pyw pyi"),
            ("Roc", "roc"),
        ],
    ),
    (Syntax { texts: WITH_BACKTICK, ..HASH }, &[("Janet", "janet"), ("Ren'Py", "rpy")]),
    (Syntax { texts: &[("\"", "\""), ("`", "`")], ..HASH }, &[("Open Policy Agent", "rego")]),
    (Syntax { blocks: &[("###", "###")], texts: BOTH, ..HASH }, &[("CoffeeScript", "coffee cjsx")]),
    (Syntax { blocks: &[("#=", "=#")], texts: TRIPLE, is_nested: true, ..HASH }, &[("Julia", "jl")]),
    (Syntax { blocks: &[("=pod", "=cut")], texts: BOTH, ..HASH }, &[("Perl", "pl pm")]),
    (Syntax { texts: BOTH, ..HASH }, &[("Raku", "raku rakumod rakutest pm6 pl6 p6")]),
    (Syntax { blocks: &[("=begin", "=end")], texts: BOTH, ..HASH }, &[("Ruby", "rb")]),
    (Syntax { blocks: C_BLOCK, texts: SINGLE, ..DASHES }, &[("SQL", "sql")]),
    (Syntax { blocks: C_BLOCK, ..DASHES }, &[("VHDL", "vhd vhdl")]),
    (DASHES, &[("Ada", "ada adb ads pad"), ("Futhark", "fut")]),
    (
        Syntax { blocks: DASH_BLOCK, is_nested: true, ..DASHES },
        &[("Agda", "agda"), ("Elm", "elm"), ("Haskell", "hs"), ("PureScript", "purs")],
    ),
    (
        Syntax { blocks: DASH_BLOCK, texts: DOUBLE, is_nested: true, ..DASHES },
        &[("Dhall", "dhall"), ("Idris", "idr lidr"), ("Unison", "u")],
    ),
    (Syntax { blocks: &[("/-", "-/")], is_nested: true, ..DASHES }, &[("Lean", "lean hlean")]),
    (Syntax { blocks: &[("--[[", "]]")], texts: BOTH, ..DASHES }, &[("Lua", "lua luau")]),
    (Syntax { texts: BOTH, ..DASHES }, &[("MoonScript", "moon")]),
    (
        Syntax { texts: DOUBLE, ..SEMICOLON },
        &[("Clojure", "clj"), ("ClojureC", "cljc"), ("ClojureScript", "cljs"), ("Fennel", "fnl fnlm")],
    ),
    (
        Syntax { blocks: &[("#|", "|#")], is_nested: true, ..SEMICOLON },
        &[("Common Lisp", "lisp lsp asd"), ("Racket", "rkt scrbl"), ("Scheme", "scm ss")],
    ),
    (SEMICOLON, &[("Emacs Lisp", "el"), ("Hy", "hy")]),
    (Syntax { texts: BOTH, ..SEMICOLON }, &[("Assembly", "asm"), ("LLVM", "ll")]),
    (Syntax { blocks: C_BLOCK, ..SEMICOLON }, &[("AutoHotKey", "ahk")]),
    (Syntax { lines: &[";;"], texts: BOTH, ..NONE }, &[("WebAssembly", "wat wast")]),
    (PERCENT, &[("Erlang", "erl hrl")]),
    (
        Syntax { blocks: C_BLOCK, texts: DOUBLE, ..PERCENT },
        &[("Logtalk", "lgt logtalk"), ("Oz", "oz"), ("Prolog", "p pro")],
    ),
    (
        Syntax { blocks: &[("(*", "*)")], texts: DOUBLE, ..NONE },
        &[
            ("Coq", "v"),
            ("OCaml", "ml mli re rei"),
            ("Standard ML (SML)", "sml"),
            ("Ur/Web", "ur urs"),
            ("Wolfram", "nb wl"),
        ],
    ),
    (Syntax { lines: &["!"], texts: DOUBLE, ..NONE }, &[("FORTRAN Modern", "f03 f08 f90 f95 fpp")]),
    (Syntax { lines: &["*"], ..NONE }, &[("COBOL", "cob cbl ccp cobol cpy")]),
    (Syntax { lines: &["'", "REM"], ..NONE }, &[("VBScript", "vbs")]),
    (Syntax { lines: &["'"], texts: DOUBLE, ..NONE }, &[("Visual Basic", "vb")]),
    (Syntax { lines: &["\""], texts: SINGLE, ..NONE }, &[("Vim Script", "vim")]),
    (Syntax { embeds: EMBEDS, ..PAGE }, &[("HTML", "html htm"), ("Ruby HTML", "rhtml erb"), ("Svelte", "svelte")]),
    (
        Syntax {
            lines: &["//"],
            blocks: &[("<!--", "-->"), ("/*", "*/")],
            texts: WITH_BACKTICK,
            embeds: EMBEDS,
            ..NONE
        },
        &[("Vue", "vue")],
    ),
    (Syntax { blocks: &[("<!--", "-->"), ("/*", "*/")], ..SLASHES }, &[("Astro", "astro")]),
    (
        Syntax { blocks: &[("<!--", "-->"), ("{{!", "}}")], ..PAGE },
        &[("Handlebars", "hbs handlebars"), ("Mustache", "mustache")],
    ),
    (Syntax { blocks: &[("<!--", "-->"), ("{#", "#}")], ..PAGE }, &[("Tera", "tera"), ("Twig", "twig")]),
    (Syntax { lines: &["//", "//-"], ..NONE }, &[("Pug", "pug")]),
];
