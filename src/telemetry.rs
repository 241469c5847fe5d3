//! Logs on standard error, W3C trace context in, OTLP traces out when an endpoint is configured.

use std::io::IsTerminal as _;

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// How the service tells what it does.
#[derive(Clone, Debug)]
pub struct TelemetrySettings {
    /// Which log lines are written, as in `info,customer_value=debug`.
    pub log: String,
    /// Log lines as JSON, for machines.
    pub log_json: bool,
    /// Where traces go over OTLP/gRPC; nowhere without.
    pub otlp_endpoint: Option<String>,
}

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter cannot be read.
    #[error("the log filter {filter:?} cannot be read; it looks like info,customer_value=debug")]
    Filter {
        /// The text given.
        filter: String,
    },
    /// The trace exporter could not be built.
    #[error("traces cannot be sent to {endpoint}")]
    Exporter {
        /// The endpoint.
        endpoint: String,
        /// What the exporter says.
        #[source]
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// Another subscriber is installed.
    #[error("telemetry was started before")]
    Started,
}

/// Keeps traces flowing until it is dropped.
#[derive(Debug)]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.provider
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "last traces were not sent");
        }
    }
}

/// Starts logs and traces; needs a runtime when traces are sent.
///
/// # Errors
///
/// [`TelemetryError`] names the setting that is wrong.
pub fn start(settings: &TelemetrySettings) -> Result<Telemetry, TelemetryError> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let filter = EnvFilter::try_new(&settings.log).map_err(|_| TelemetryError::Filter {
        filter: settings.log.clone(),
    })?;
    let mut lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if !std::io::stderr().is_terminal() {
        lines.set_ansi(false);
    }
    let lines = if settings.log_json {
        lines.json().boxed()
    } else {
        lines.boxed()
    };
    let provider = match &settings.otlp_endpoint {
        None => None,
        Some(endpoint) => Some(exporter(endpoint)?),
    };
    let traces = provider.as_ref().map(|provider| {
        // Our own spans only: the exporter's transport has spans too, and each would be exported.
        let ours = Targets::new().with_target("customer_value", Level::DEBUG);
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("customer-value"))
            .with_filter(ours)
    });
    tracing_subscriber::registry()
        .with(traces)
        .with(lines.with_filter(filter))
        .try_init()
        .map_err(|_| TelemetryError::Started)?;
    Ok(Telemetry { provider })
}

fn exporter(endpoint: &str) -> Result<SdkTracerProvider, TelemetryError> {
    use opentelemetry_otlp::WithExportConfig;
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|source| TelemetryError::Exporter {
            endpoint: endpoint.to_owned(),
            source,
        })?;
    let resource = opentelemetry_sdk::Resource::builder()
        .with_service_name("customer-value")
        .build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

struct Headers<'h>(&'h http::HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// Makes a span a child of the caller's, when the headers carry a W3C trace context.
pub fn set_parent(span: &tracing::Span, headers: &http::HeaderMap) {
    if !headers.contains_key("traceparent") {
        return;
    }
    let context = opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.extract(&Headers(headers))
    });
    // Fails only when no trace layer is installed: then there is nothing to continue.
    let _ = span.set_parent(context);
}
