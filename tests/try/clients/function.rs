//! A function with the crate `lambda_runtime`: what it does is told by the variable CASE.

use lambda_runtime::streaming::Response;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};
use std::time::Duration;
use std::vec::IntoIter;
use tokio_stream::Iter;

fn case() -> String {
    std::env::var("CASE").unwrap_or_default()
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match case().as_str() {
        "error" => Err("no such event".into()),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Value::Null)
        }
        "crash" => std::process::exit(4),
        _ => Ok(json!({"said": "it works", "event": event.payload})),
    }
}

type Part = Result<&'static str, Error>;

async fn stream(_: LambdaEvent<Value>) -> Result<Response<Iter<IntoIter<Part>>>, Error> {
    let last = if case() == "stream-error" { Err("too late".into()) } else { Ok("world") };
    Ok(Response::from(tokio_stream::iter(vec![Ok("hello "), last])))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match case().as_str() {
        "init-error" => return Err("it cannot start".into()),
        "init-exit" => std::process::exit(3),
        "init-sleep" => std::thread::sleep(Duration::from_secs(60)),
        _ => {}
    }
    if case().starts_with("stream") { run(service_fn(stream)).await } else { run(service_fn(answer)).await }
}
