//! `PUT /api/v1/crates/new`.

use axum::extract::{Request, State};
use bytes::Bytes;
use cargohold_protocol::api::{Errors, Published};
use cargohold_protocol::{FrameError, PublishFrame};

use crate::app::App;
use crate::edge::Intake;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Json};

/// Publishes a version.
///
/// The body is the metadata and the tarball, each behind its length (Cargo book, "Web API", "Publish"). The tarball is read only after the registry has accepted the metadata and there is memory for it.
#[utoipa::path(put, path = "/api/v1/crates/new", operation_id = "publish", tag = "crates",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "Length of the metadata (32 bits, little endian), metadata as JSON, length of the tarball, tarball"),
    responses((status = 200, body = Published), (status = 400, body = Errors), (status = 401, body = Errors), (status = 403, body = Errors), (status = 413, body = Errors), (status = 429, body = Errors, headers(("Retry-After" = String, description = "The date from which on it works again")))),
    security(("api_token" = []), ("session" = [])))]
pub(super) async fn publish(
    State(app): State<App>,
    Caller(call): Caller,
    request: Request,
) -> ApiResult<Json<Published>> {
    let (parts, body) = request.into_parts();
    let mut body = Upload { intake: Intake::new(&app, &parts.extensions, body), frame: PublishFrame::new() };
    let metadata = body.take(PublishFrame::take_metadata).await?;
    let upload = app.registry.begin_publish(&call, metadata).await?;
    body.intake.mark_known();
    let _turn = app.request_memory.upload_turn(upload.publisher()).await;
    body.take(|frame| frame.take_tarball_len(upload.max_tarball_bytes)).await?;
    let tarball: Bytes = body.take(PublishFrame::take_tarball).await?.into();
    Ok(Json(app.registry.finish_publish(&call, upload, tarball).await?))
}

/// A publish body, read no further than asked for.
struct Upload {
    intake: Intake,
    frame: PublishFrame,
}

impl Upload {
    /// Reads until `part` has what it needs.
    async fn take<T>(
        &mut self,
        part: impl Fn(&mut PublishFrame) -> Result<Option<T>, FrameError>,
    ) -> Result<T, ApiError> {
        loop {
            if let Some(found) = part(&mut self.frame)? {
                return Ok(found);
            }
            match self.intake.next().await? {
                Some(data) => self.frame.push(&data),
                None => self.frame.end(),
            }
        }
    }
}
