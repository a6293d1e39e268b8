//! Names nobody can publish (contract, appendix A).

use cargohold_protocol::CrateName;

/// Names of the standard library, the compiler and Windows devices, as they are usually written.
const RESERVED: &str = "alloc arena ast builtins collections compiler-builtins compiler-rt compiletest core coretest \
    debug driver flate fmt_macros grammar graphviz macro macros proc_macro rbml rust-installer rustbook rustc \
    rustc_back rustc_borrowck rustc_driver rustc_llvm rustc_resolve rustc_trans rustc_typeck rustdoc rustllvm rustuv \
    serialize std syntax test unicode \
    nul con prn aux com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9";

/// All reserved names.
pub(crate) fn reserved_names() -> impl Iterator<Item = &'static str> {
    RESERVED.split_whitespace()
}

/// Whether a name is reserved, in any spelling.
#[must_use]
pub fn is_reserved(name: &CrateName) -> bool {
    let canonical = name.canonical();
    reserved_names().any(|reserved| reserved.replace('-', "_") == canonical.as_str())
}
