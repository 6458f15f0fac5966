//! The warehouse on a real PostgreSQL.

mod answers;
mod common;
mod equality;
mod loading;
mod rates;
mod tenancy;
mod undoing;
