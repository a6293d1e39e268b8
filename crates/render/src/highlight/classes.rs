//! From the many scopes of grammars to the few classes of a style sheet.

use std::sync::LazyLock;

use syntect::parsing::Scope;

/// What a scope says of the text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It is marked with this class.
    Class(&'static str),
    /// It is not what is around it: code in a string, for instance.
    Plain,
}

/// The first that is a prefix of a scope decides. Scopes that none is a prefix of say nothing.
const RULES: [(&str, Says); 60] = [
    ("source", Says::Plain),
    ("text", Says::Plain),
    ("meta.interpolation", Says::Plain),
    ("meta.template.expression", Says::Plain),
    ("comment", Says::Class("hc")),
    ("punctuation.definition.comment", Says::Class("hc")),
    ("string.unquoted.plain", Says::Plain),
    ("string.unquoted.argument", Says::Plain),
    ("string", Says::Class("hs")),
    ("punctuation.definition.string", Says::Class("hs")),
    ("constant", Says::Class("hn")),
    ("support.constant", Says::Class("hn")),
    ("entity.name.constant", Says::Class("hn")),
    ("variable.other.constant", Says::Class("hn")),
    ("meta.annotation", Says::Class("ha")),
    ("meta.attribute", Says::Class("ha")),
    ("entity.other.attribute-name", Says::Class("ha")),
    ("variable.annotation", Says::Class("ha")),
    ("variable.function.decorator", Says::Class("ha")),
    ("support.macro", Says::Class("hm")),
    ("entity.name.macro", Says::Class("hm")),
    ("meta.preprocessor", Says::Class("hm")),
    ("variable.function.preprocessor", Says::Class("hm")),
    ("entity.name.function", Says::Class("hf")),
    ("support.function", Says::Class("hf")),
    ("variable.function", Says::Class("hf")),
    ("keyword.operator.word", Says::Class("hk")),
    ("keyword.operator.logical.python", Says::Class("hk")),
    ("keyword.operator", Says::Plain),
    ("keyword.other.unit", Says::Class("hn")),
    ("keyword", Says::Class("hk")),
    ("storage.type.numeric", Says::Class("hn")),
    ("storage.type.string", Says::Class("hs")),
    ("storage.type.function", Says::Class("hk")),
    ("storage.type.class", Says::Class("hk")),
    ("storage.type.struct", Says::Class("hk")),
    ("storage.type.enum", Says::Class("hk")),
    ("storage.type.trait", Says::Class("hk")),
    ("storage.type.impl", Says::Class("hk")),
    ("storage.type.module", Says::Class("hk")),
    ("storage.type.type", Says::Class("hk")),
    ("storage.type.union", Says::Class("hk")),
    ("storage.modifier.lifetime", Says::Class("ht")),
    ("storage.type.c", Says::Class("ht")),
    ("storage", Says::Class("hk")),
    ("variable.language", Says::Class("hk")),
    ("support.type.property-name", Says::Class("hv")),
    ("support.type", Says::Class("ht")),
    ("support.class", Says::Class("ht")),
    ("support.struct", Says::Class("ht")),
    ("entity.name.tag", Says::Class("hv")),
    ("entity.name.section", Says::Class("hv")),
    ("entity.name.function-call", Says::Class("hf")),
    ("entity.name.label", Says::Class("ht")),
    ("entity.name.lifetime", Says::Class("ht")),
    ("entity.name", Says::Class("ht")),
    ("entity.other.inherited-class", Says::Class("ht")),
    ("markup.heading", Says::Class("hv")),
    ("markup.raw", Says::Class("hs")),
    ("variable.other.key", Says::Class("hv")),
];

static SCOPES: LazyLock<Vec<(Scope, Says)>> =
    LazyLock::new(|| RULES.iter().filter_map(|(prefix, says)| Some((Scope::new(prefix).ok()?, *says))).collect());

/// What the scope says; `None` if nothing, so that the scope around it counts.
pub(super) fn says(scope: Scope) -> Option<Says> {
    SCOPES.iter().find(|(prefix, _)| prefix.is_prefix_of(scope)).map(|(_, says)| *says)
}
