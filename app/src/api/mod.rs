//! Server functions, one file per resource. A body is: who is calling, one port call, done.
