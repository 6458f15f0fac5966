//! Random data and a plain reference implementation, shared by the tests of every path to an answer.
