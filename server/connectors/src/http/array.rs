//! Splits a JSON array that is still coming in into its elements, so that a large answer never stands in memory whole.

use bytes::{Bytes, BytesMut};

/// Cuts the bytes of one JSON array into the bytes of its elements.
///
/// It only follows strings and brackets; whether an element is valid JSON is its reader's business. A body that is no
/// array is handed out as one element.
#[derive(Debug, Default)]
pub struct ArraySplitter {
    buffer: BytesMut,
    /// Bytes of the buffer that were looked at.
    seen: usize,
    /// Start of the current element in the buffer.
    start: Option<usize>,
    depth: usize,
    in_string: bool,
    escaped: bool,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space came.
    #[default]
    Before,
    /// Inside the array.
    Inside,
    /// The closing bracket came.
    Closed,
    /// It is no array.
    Other,
}

impl ArraySplitter {
    /// Takes the next bytes and gives the elements that are complete now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Bytes> {
        self.buffer.extend_from_slice(bytes);
        let mut elements = Vec::new();
        while self.seen < self.buffer.len() {
            let byte = self.buffer[self.seen];
            self.seen += 1;
            match self.state {
                State::Before if byte.is_ascii_whitespace() => {}
                State::Before if byte == b'[' => self.state = State::Inside,
                State::Before => self.state = State::Other,
                State::Inside => self.step(byte, &mut elements),
                State::Closed | State::Other => {}
            }
        }
        elements
    }

    /// The end of the body: what is left, and whether it is complete.
    ///
    /// # Errors
    /// Gives the number of bytes of the unfinished rest when the array was cut off.
    pub fn finish(self) -> Result<Option<Bytes>, usize> {
        match self.state {
            State::Closed => Ok(None),
            State::Other => Ok(Some(self.buffer.freeze())),
            State::Before | State::Inside => Err(self.buffer.len()),
        }
    }

    fn step(&mut self, byte: u8, elements: &mut Vec<Bytes>) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        let ends_element = self.depth == 0 && matches!(byte, b',' | b']');
        if ends_element {
            self.take_element(elements);
            if byte == b']' {
                self.state = State::Closed;
            }
            return;
        }
        if self.start.is_none() && !byte.is_ascii_whitespace() {
            self.start = Some(self.seen - 1);
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn take_element(&mut self, elements: &mut Vec<Bytes>) {
        let Some(start) = self.start.take() else {
            return;
        };
        let mut taken = self.buffer.split_to(self.seen);
        let _ = taken.split_to(start);
        taken.truncate(taken.len() - 1);
        elements.push(taken.freeze());
        self.seen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn split(text: &str, step: usize) -> (Vec<Value>, Result<Option<Bytes>, usize>) {
        let mut splitter = ArraySplitter::default();
        let mut elements = Vec::new();
        for chunk in text.as_bytes().chunks(step.max(1)) {
            elements.extend(splitter.push(chunk).iter().map(|e| serde_json::from_slice(e).unwrap()));
        }
        (elements, splitter.finish())
    }

    #[test]
    fn a_cut_array_says_so_and_an_object_comes_whole() {
        let (elements, end) = split(r#"[{"a":1},{"b":"#, 3);
        assert_eq!(elements.len(), 1);
        assert!(end.is_err());
        let (elements, end) = split(r#" {"error":{}} "#, 4);
        assert!(elements.is_empty());
        assert_eq!(end.unwrap().unwrap().as_ref(), br#" {"error":{}} "#);
        assert!(split("", 1).1.is_err());
        assert_eq!(split(" [ ] ", 1).1, Ok(None));
    }

    fn element() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![any::<i32>().prop_map(Value::from), r#"[a-z"\\\[\]{},é]{0,8}"#.prop_map(Value::from)];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn elements_come_out_as_they_went_in(items in prop::collection::vec(element(), 0..6), step in 1usize..40) {
            let text = serde_json::to_string_pretty(&items).unwrap();
            let (elements, end) = split(&text, step);
            prop_assert_eq!(elements, items);
            prop_assert_eq!(end, Ok(None));
        }
    }
}
