//! State that outlives a component: session, filters and URL, live socket.
