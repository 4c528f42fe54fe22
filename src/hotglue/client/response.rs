//! Reading of responses: bodies within their limit, and error responses as
//! [`FetchError`]s. The API key is masked before anything else reads a body.

use std::time::SystemTime;

use reqwest::header::LOCATION;
use reqwest::{Response, Url};

use super::error::FetchError;
use super::limits::{MAX_BODY_BYTES, MAX_ERROR_BODY_BYTES};
use super::mask::KeyMask;
use super::retry_after::retry_after;
use crate::hotglue::job::error_message;
use crate::hotglue::text::Text;

/// Reads the body of a successful response.
pub(super) async fn read_body(
    mut response: Response,
    mask: &KeyMask,
    host: &str,
) -> Result<String, FetchError> {
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BODY_BYTES as u64)
    {
        return Err(FetchError::TooLarge);
    }
    // An announced length is not trusted beyond the usual size.
    let length = response.content_length().unwrap_or(0).min(16 * 1024);
    let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| FetchError::from_transport(&error, host))?
    {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(mask.apply_to_json(to_text(body)))
}

/// Reads an error response.
pub(super) async fn read_error(status: u16, mut response: Response, mask: &KeyMask) -> FetchError {
    if (300..400).contains(&status) {
        let host = response
            .headers()
            .get(LOCATION)
            .and_then(|to| response.url().join(to.to_str().ok()?).ok())
            .and_then(|to: Url| to.host_str().map(str::to_owned));
        let host = host.map(|host| Text::cut(&mask.apply(&host), 256));
        return FetchError::Redirected { host };
    }
    if matches!(status, 423 | 429) {
        let retry_after = retry_after(response.headers(), SystemTime::now());
        return FetchError::RateLimited {
            status,
            retry_after,
        };
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ERROR_BODY_BYTES {
            break;
        }
    }
    let message = error_message(&mask.apply_to_json(to_text(body)));
    match status {
        403 if message
            .as_ref()
            .is_some_and(|text| text.as_str() == "Missing Authentication Token") =>
        {
            FetchError::NoSuchPath
        }
        401 | 403 => FetchError::Unauthorized { status, message },
        400 => FetchError::NotFound { message },
        500.. => FetchError::Server { status, message },
        _ => FetchError::Rejected { status, message },
    }
}

fn to_text(body: Vec<u8>) -> String {
    String::from_utf8(body)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
