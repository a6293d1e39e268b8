//! Refuses what would cost more than its length is worth.
//!
//! A parser of HTML may make many elements of one tag (a few hundred `<b x=1>`, `<b x=2>`, … left open are opened again
//! in every paragraph) and looks at all open elements when it meets a tag. Either makes a megabyte cost hours, so what
//! the parser does is counted first, without keeping a tree.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, ExpandedName, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ParseOpts, QualName, local_name, ns};

/// How many block quotes may lie in each other: the Markdown parser looks at all of them in every line.
const MAX_QUOTES: usize = 256;

/// How many elements may be open at a time. Browsers stop at 512.
const MAX_OPEN: usize = 256;

/// How many elements a readme may have.
const MAX_ELEMENTS: usize = 300_000;

/// How many bytes may be looked at while the page is written: at each `&` the serialiser looks for the next `<`.
const MAX_LOOKS: usize = 10_000_000_000;

/// How many bytes are parsed between two looks at the counters.
const STEP_BYTES: usize = 1024;

/// Whether no line begins absurdly many block quotes.
pub(super) fn is_reasonable_markdown(text: &str) -> bool {
    let mut quotes = 0;
    text.chars().all(|c| {
        match c {
            '>' => quotes += 1,
            // What may stand between the markers of blocks in blocks.
            ' ' | '\t' | '-' | '*' | '+' | '.' | ')' | ':' | '0'..='9' => {}
            _ => quotes = 0,
        }
        quotes <= MAX_QUOTES
    })
}

/// Whether the HTML has neither too many elements, nor too deep ones, nor too long texts full of `&`.
pub(super) fn is_reasonable_html(html: &str) -> bool {
    is_reasonable_text(html) && has_reasonable_elements(html)
}

fn is_reasonable_text(html: &str) -> bool {
    let mut looks = 0_usize;
    html.split('<').all(|text| {
        // No-break spaces are escaped as well; in UTF-8 they begin with this byte.
        let escaped = text.bytes().filter(|byte| matches!(byte, b'&' | 0xc2)).count();
        // The short forms are decoded to characters that end the search.
        let ends = text.matches("&lt;").count() + text.matches("&gt;").count();
        looks = looks.saturating_add(escaped.saturating_sub(ends) * text.len());
        looks <= MAX_LOOKS
    })
}

fn has_reasonable_elements(html: &str) -> bool {
    let counters = Rc::new(Counters::default());
    let sink = Gauge { counters: Rc::clone(&counters), document: Element::new(div(), &counters) };
    let mut parser = html5ever::parse_fragment(sink, ParseOpts::default(), div(), vec![], false);
    let mut rest = html;
    while !rest.is_empty() {
        let (step, behind) = rest.split_at(rest.floor_char_boundary(STEP_BYTES.min(rest.len())));
        parser.process(StrTendril::from(step));
        if counters.made.get() > MAX_ELEMENTS || counters.alive.get() > MAX_OPEN {
            return false;
        }
        rest = behind;
    }
    true
}

fn div() -> QualName {
    QualName::new(None, ns!(html), local_name!("div"))
}

#[derive(Default)]
struct Counters {
    made: Cell<usize>,
    /// The elements the parser holds on to: open ones, and those it may open again.
    alive: Cell<usize>,
}

struct Element {
    name: QualName,
    counters: Rc<Counters>,
}

impl Element {
    fn new(name: QualName, counters: &Rc<Counters>) -> Rc<Self> {
        counters.made.set(counters.made.get() + 1);
        counters.alive.set(counters.alive.get() + 1);
        Rc::new(Self { name, counters: Rc::clone(counters) })
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        self.counters.alive.set(self.counters.alive.get() - 1);
    }
}

/// Takes elements from the parser and forgets them.
struct Gauge {
    counters: Rc<Counters>,
    document: Rc<Element>,
}

impl TreeSink for Gauge {
    type Handle = Rc<Element>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn create_element(&self, name: QualName, _: Vec<Attribute>, _: ElementFlags) -> Rc<Element> {
        Element::new(name, &self.counters)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Element>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn same_node(&self, x: &Rc<Element>, y: &Rc<Element>) -> bool {
        Rc::ptr_eq(x, y)
    }

    fn get_document(&self) -> Rc<Element> {
        Rc::clone(&self.document)
    }

    fn get_template_contents(&self, target: &Rc<Element>) -> Rc<Element> {
        Rc::clone(target)
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Element> {
        self.get_document()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Element> {
        self.get_document()
    }

    fn finish(self) {}
    fn parse_error(&self, _: Cow<'static, str>) {}
    fn append(&self, _: &Rc<Element>, _: NodeOrText<Rc<Element>>) {}
    fn append_based_on_parent_node(&self, _: &Rc<Element>, _: &Rc<Element>, _: NodeOrText<Rc<Element>>) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_before_sibling(&self, _: &Rc<Element>, _: NodeOrText<Rc<Element>>) {}
    fn add_attrs_if_missing(&self, _: &Rc<Element>, _: Vec<Attribute>) {}
    fn remove_from_parent(&self, _: &Rc<Element>) {}
    fn reparent_children(&self, _: &Rc<Element>, _: &Rc<Element>) {}
}
