//! One file per widget kind, plus the frame around all of them.
