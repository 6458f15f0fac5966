//! Own small component set; knows no domain type.
