//! What strangers can make the server hold, compute and write, and whom it believes (faults E5, E7, E8, E11).

mod hosts;
mod long_texts;
mod refusals;
