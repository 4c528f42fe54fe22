//! Forecasts as they were made, and what came of them: later ones are corrected
//! by their errors.

use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

use super::error::HistoryError;
use super::rows::timestamp;
use super::store::Store;
use super::texts::intern;
use super::write::enter_finish;
use crate::hotglue::{EnvId, FlowId};

/// The most forecasts in an answer, of the newest rollouts: of each a first,
/// a middle and a last one.
const MAX_FORECASTS: i64 = 3_000;
/// Forecasts of one rollout that hold for the same finish are not independent,
/// so that three of them are read however many there are.
const PAST_FORECASTS: &str = "SELECT env.text, flow.text, made, since, finished, expected, \
      p50, p90, quantiles, finish \
    FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY env, flow, finish ORDER BY made) AS number, \
            COUNT(*) OVER (PARTITION BY env, flow, finish) AS total \
          FROM forecasts WHERE finish IS NOT NULL) \
      JOIN texts AS env ON env.id = env JOIN texts AS flow ON flow.id = flow \
    WHERE number IN ((total + 3) / 4, (total + 1) / 2, (3 * total + 3) / 4) \
    ORDER BY made DESC LIMIT ?1";

/// A forecast of when the started jobs of a flow will have finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedForecast {
    /// The environment.
    pub(crate) env_id: EnvId,
    /// The flow.
    pub(crate) flow: FlowId,
    /// When it was made.
    pub(crate) made: Timestamp,
    /// The start of the first job that was unfinished then.
    pub(crate) since: Timestamp,
    /// How many jobs of the rollout had finished.
    pub(crate) finished: usize,
    /// How many jobs were expected to finish in all.
    pub(crate) expected: usize,
    /// The median that was shown.
    pub(crate) p50: Timestamp,
    /// The 90th percentile that was shown.
    pub(crate) p90: Timestamp,
    /// The quantiles before they were corrected by earlier forecasts.
    pub(crate) quantiles: Vec<Timestamp>,
    /// When the last of the started jobs finished; `None` before that.
    pub(crate) finish: Option<Timestamp>,
}

impl Store {
    /// Records forecasts, all or none. Their finish is entered by itself, once
    /// the runs that were unfinished have finished.
    ///
    /// # Errors
    /// When the disk is full, or the database is locked or damaged.
    pub fn record_forecasts(&mut self, forecasts: &[RecordedForecast]) -> Result<(), HistoryError> {
        self.write(|transaction| {
            for forecast in forecasts {
                write(transaction, forecast)?;
                enter_finish(transaction, &forecast.env_id, &forecast.flow)?;
            }
            Ok(())
        })
    }

    /// The forecasts whose finish is known, newest first: of each rollout at
    /// most three.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn past_forecasts(&self) -> Result<Vec<RecordedForecast>, HistoryError> {
        let mut select = self.connection.prepare_cached(PAST_FORECASTS)?;
        let forecasts = select.query_map([MAX_FORECASTS], read)?;
        Ok(forecasts
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?)
    }
}

fn write(transaction: &Transaction<'_>, forecast: &RecordedForecast) -> rusqlite::Result<()> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let quantiles = forecast.quantiles.iter().map(|time| time.as_millisecond());
    let quantiles = serde_json::json!(quantiles.collect::<Vec<_>>()).to_string();
    transaction
        .prepare_cached(
            "INSERT INTO forecasts (env, flow, made, since, finished, expected, p50, p90, \
               quantiles) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            intern(transaction, forecast.env_id.as_str())?,
            intern(transaction, forecast.flow.as_str())?,
            forecast.made.as_millisecond(),
            forecast.since.as_millisecond(),
            count(forecast.finished),
            count(forecast.expected),
            forecast.p50.as_millisecond(),
            forecast.p90.as_millisecond(),
            quantiles,
        ])?;
    Ok(())
}

/// Reads a row of [`PAST_FORECASTS`]; `None` where an id or the quantiles
/// cannot be read.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<RecordedForecast>> {
    let (env_id, flow) = (
        EnvId::parse(row.get_ref(0)?.as_str()?),
        FlowId::parse(row.get_ref(1)?.as_str()?),
    );
    let quantiles = serde_json::from_str::<Vec<i64>>(row.get_ref(8)?.as_str()?);
    let (Ok(env_id), Ok(flow), Ok(quantiles)) = (env_id, flow, quantiles) else {
        return Ok(None);
    };
    let time = |column| Ok::<_, rusqlite::Error>(timestamp(row.get(column)?));
    let count = |column| Ok::<_, rusqlite::Error>(usize::try_from(row.get::<_, i64>(column)?));
    Ok(Some(RecordedForecast {
        env_id,
        flow,
        made: time(2)?,
        since: time(3)?,
        finished: count(4)?.unwrap_or(0),
        expected: count(5)?.unwrap_or(0),
        p50: time(6)?,
        p90: time(7)?,
        quantiles: quantiles.into_iter().map(timestamp).collect(),
        finish: Some(time(9)?),
    }))
}
