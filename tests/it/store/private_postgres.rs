//! The life of a private server: its data stay, its processes and temporary files do not.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use customer_value::store::private_postgres::{PrivatePostgres, PrivatePostgresError, Settings};
use sqlx::{ConnectOptions as _, PgConnection};

use crate::support::database::test_settings;
use crate::support::scratch::{Scratch, fresh_path};

/// Tells the test [`owner_process`] to play the owner of a directory.
const OWNED_DIRECTORY: &str = "CUSTOMER_VALUE_TEST_OWNED_DIRECTORY";
/// Tells it that the directory is ephemeral.
const OWNED_EPHEMERAL: &str = "CUSTOMER_VALUE_TEST_OWNED_EPHEMERAL";
/// What it prints when its server answers.
const READY: &str = "owner is ready";

/// The promise for what is left behind.
const GONE_WITHIN: Duration = Duration::from_secs(10);

fn kept(directory: &Path) -> Settings {
    Settings {
        ephemeral: false,
        ..test_settings(directory.to_path_buf())
    }
}

async fn start(settings: &Settings) -> Result<PrivatePostgres, PrivatePostgresError> {
    PrivatePostgres::start(settings, &|_step| {}).await
}

async fn connect(server: &PrivatePostgres, database: &str) -> PgConnection {
    server.connect_options(database).connect().await.unwrap()
}

/// Runs this test binary again as the owner of a directory, until it or this process is killed.
fn spawn_owner(directory: &Path, scratch: Option<&Scratch>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "store::private_postgres::owner_process"])
        .arg("--nocapture")
        .env(OWNED_DIRECTORY, directory)
        .stdout(Stdio::piped());
    match scratch {
        Some(scratch) => command.stdin(scratch.hold()),
        None => command.env(OWNED_EPHEMERAL, "yes"),
    };
    let mut owner = command.spawn().unwrap();
    let is_ready = BufReader::new(owner.stdout.as_mut().unwrap())
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains(READY));
    assert!(is_ready, "the owner ended early");
    owner
}

fn kill(mut owner: Child) {
    owner.kill().unwrap();
    owner.wait().unwrap();
}

/// Processes of the server of a directory; empty where there is no `/proc`.
fn processes_of(directory: &Path) -> Vec<String> {
    let needle = directory.to_str().unwrap();
    let us = std::process::id().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name() != us.as_str())
        .filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok())
        .filter(|command| command.contains(needle))
        .filter(|command| {
            command.contains("postgres") || command.contains("customer-value-sweeper")
        })
        .collect()
}

#[track_caller]
fn assert_nothing_is_left(directory: &Path) {
    let began = Instant::now();
    while directory.exists() || !processes_of(directory).is_empty() {
        assert!(
            began.elapsed() < GONE_WITHIN,
            "left: {} {:?}",
            directory.exists(),
            processes_of(directory)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Not a test by itself: the other process of the tests below.
#[tokio::test]
async fn owner_process() {
    let Some(directory) = std::env::var_os(OWNED_DIRECTORY) else {
        return;
    };
    let settings = Settings {
        ephemeral: std::env::var_os(OWNED_EPHEMERAL).is_some(),
        ..kept(&PathBuf::from(directory))
    };
    let _server = start(&settings).await.unwrap();
    loop {
        // Fails when nobody listens any more.
        println!("{READY}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn restart_keeps_the_data() {
    let scratch = Scratch::new();
    let settings = Settings {
        durable: true,
        ..kept(&scratch.directory)
    };
    let server = start(&settings).await.unwrap();
    server.ensure_database("shop").await.unwrap();
    server.ensure_database("shop").await.unwrap();
    let mut connection = connect(&server, "shop").await;
    let fsync: String = sqlx::query_scalar("SHOW fsync")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(fsync, "on");
    sqlx::query("CREATE TABLE kept AS SELECT 7 AS number")
        .execute(&mut connection)
        .await
        .unwrap();
    server.stop().await.unwrap();
    assert_eq!(processes_of(&scratch.directory), Vec::<String>::new());

    let server = start(&settings).await.unwrap();
    let mut connection = server
        .url("shop")
        .parse::<sqlx::postgres::PgConnectOptions>()
        .unwrap()
        .connect()
        .await
        .unwrap();
    let number: i32 = sqlx::query_scalar("SELECT number FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(number, 7);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn second_owner_is_refused_and_the_first_unharmed() {
    let scratch = Scratch::new();
    let owner = spawn_owner(&scratch.directory, Some(&scratch));
    let error = start(&kept(&scratch.directory)).await.unwrap_err();
    assert!(
        matches!(error, PrivatePostgresError::InUse { .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(scratch.directory.to_str().unwrap())
    );
    assert!(!processes_of(&scratch.directory).is_empty());
    let socket = scratch.directory.join("socket/.s.PGSQL.5432");
    std::os::unix::net::UnixStream::connect(socket).unwrap();
    kill(owner);
}

#[tokio::test]
async fn start_right_after_a_killed_owner_takes_over() {
    let scratch = Scratch::new();
    kill(spawn_owner(&scratch.directory, Some(&scratch)));
    let server = start(&kept(&scratch.directory)).await.unwrap();
    connect(&server, "postgres").await;
    server.stop().await.unwrap();
    assert_eq!(processes_of(&scratch.directory), Vec::<String>::new());
}

#[tokio::test]
async fn killed_owner_leaves_no_process() {
    let scratch = Scratch::new();
    kill(spawn_owner(&scratch.directory, Some(&scratch)));
    let began = Instant::now();
    while !processes_of(&scratch.directory).is_empty() {
        assert!(began.elapsed() < GONE_WITHIN);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn ephemeral_server_leaves_nothing_after_stop() {
    let directory = fresh_path();
    let server = start(&test_settings(directory.clone())).await.unwrap();
    server.stop().await.unwrap();
    assert!(!directory.exists());
    assert_nothing_is_left(&directory);
}

#[tokio::test]
async fn ephemeral_server_leaves_nothing_after_drop() {
    let directory = fresh_path();
    let server = start(&test_settings(directory.clone())).await.unwrap();
    let _open_connection = connect(&server, "postgres").await;
    drop(server);
    assert_nothing_is_left(&directory);
}

#[tokio::test]
async fn killed_owner_of_an_ephemeral_server_leaves_nothing() {
    let directory = fresh_path();
    kill(spawn_owner(&directory, None));
    assert_nothing_is_left(&directory);
}

#[tokio::test]
async fn abandoned_start_leaves_nothing() {
    let directory = fresh_path();
    let settings = test_settings(directory.clone());
    let abandoned = tokio::time::timeout(Duration::from_millis(100), start(&settings)).await;
    assert!(abandoned.is_err(), "initdb takes longer than this");
    assert_nothing_is_left(&directory);
}

#[tokio::test]
async fn long_data_directory_has_its_socket_elsewhere() {
    let scratch = Scratch::new();
    let long = scratch.directory.join("a \"long, quoted\" name ".repeat(5));
    let server = start(&kept(&long)).await.unwrap();
    connect(&server, "postgres").await;
    let sockets = server
        .connect_options("postgres")
        .get_socket()
        .cloned()
        .unwrap();
    assert!(sockets.starts_with("/tmp") && !sockets.starts_with(&long));
    server.stop().await.unwrap();
    assert!(!sockets.exists());
}

#[tokio::test]
async fn missing_programs_are_named() {
    let scratch = Scratch::new();
    let settings = Settings {
        binaries: Some(PathBuf::from("/nowhere")),
        ..kept(&scratch.directory)
    };
    let error = start(&settings).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the PostgreSQL programs in /nowhere cannot be used: initdb is missing"
    );
}

#[tokio::test]
async fn failing_server_is_quoted() {
    let scratch = Scratch::new();
    let settings = kept(&scratch.directory);
    start(&settings).await.unwrap().stop().await.unwrap();
    fs::write(
        scratch.directory.join("pg/postgresql.conf"),
        "nonsense = 1\n",
    )
    .unwrap();
    let error = start(&settings).await.unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
}
