//! How the program tells what it does.

/// Settings of logs and traces.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct LogSettings {
    /// Log lines to write, as in info,customer_value=debug [default: info for serve, else warn]
    #[arg(long, global = true, env = "CUSTOMER_VALUE_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// Write log lines as JSON
    #[arg(
        long,
        global = true,
        env = "CUSTOMER_VALUE_LOG_JSON",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub log_json: bool,

    /// Where traces go over OTLP/gRPC; goes before --otlp-endpoint
    #[arg(
        long,
        global = true,
        env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        value_name = "URL",
        hide_short_help = true
    )]
    pub otlp_traces_endpoint: Option<String>,

    /// Where traces go over OTLP/gRPC [default: nowhere]
    #[arg(
        long,
        global = true,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        hide_short_help = true
    )]
    pub otlp_endpoint: Option<String>,
}

impl LogSettings {
    /// The endpoint that counts; an empty one is none.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        let set = |endpoint: &Option<String>| endpoint.clone().filter(|text| !text.is_empty());
        set(&self.otlp_traces_endpoint).or_else(|| set(&self.otlp_endpoint))
    }
}
