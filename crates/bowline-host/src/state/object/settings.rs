//! From an address and the environment to a client of an object store.
//!
//! Only the variables listed here count, and only as captured at start. Whatever names a host (an endpoint, a proxy) is
//! among them, so a repository cannot send a login anywhere.

use super::address::{Address, AddressError, Service};
use super::network::{Network, is_loopback};
use super::words::Secrets;
use crate::http::client::{PROXIES, SetupError};
use crate::http::words::deepest;
use bowline_port::environment::Environment;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ObjectStore, RetryConfig, StaticCredentialProvider};
use reqwest::Url;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A client, and what its messages need.
pub(super) struct Client {
    pub(super) store: Arc<dyn ObjectStore>,
    /// What to say of a login that failed.
    pub(super) login: &'static str,
    pub(super) secrets: Secrets,
}

/// Makes the client for `address`.
pub(super) fn client(address: &Address, environment: &Environment) -> Result<Client, OpenError> {
    let network = Network::new(environment)?;
    let (store, has_login): (Arc<dyn ObjectStore>, bool) = match address.service {
        Service::S3 => s3(address, environment, network)?,
        Service::Google => google(address, environment, network)?,
        Service::Azure => azure(address, environment, network)?,
    };
    let login = if has_login {
        "login failed"
    } else {
        "the environment holds no credentials, and this machine's cloud gave none"
    };
    Ok(Client { store, login, secrets: Secrets::of(environment, SECRETS.into_iter().chain(PROXIES)) })
}

type Made = (Arc<dyn ObjectStore>, bool);

fn s3(address: &Address, environment: &Environment, network: Network) -> Result<Made, OpenError> {
    use AmazonS3ConfigKey as Key;
    const PLAIN: [(&str, Key); 10] = [
        ("AWS_ACCESS_KEY_ID", Key::AccessKeyId),
        ("AWS_SECRET_ACCESS_KEY", Key::SecretAccessKey),
        ("AWS_SESSION_TOKEN", Key::Token),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", Key::WebIdentityTokenFile),
        ("AWS_ROLE_ARN", Key::RoleArn),
        ("AWS_ROLE_SESSION_NAME", Key::RoleSessionName),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Key::ContainerCredentialsRelativeUri),
        // No endpoints of the store: the network refuses what is neither https, nor this machine, nor its cloud.
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Key::ContainerCredentialsFullUri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Key::ContainerAuthorizationTokenFile),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Key::MetadataEndpoint),
    ];
    let mut builder = AmazonS3Builder::new().with_bucket_name(&address.bucket).with_retry(retry());
    for (name, key) in PLAIN {
        if let Some(value) = environment.get(name) {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(url) = endpoint(environment, &["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])? {
        builder = builder.with_config(Key::StsEndpoint, url);
    }
    let own = endpoint(environment, &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])?;
    let region = environment.get("AWS_REGION").or_else(|| environment.get("AWS_DEFAULT_REGION"));
    // A guessed region answers with a redirect, or with the wrong bucket; other stores than Amazon's ignore it.
    let region = match (region, &own) {
        (Some(region), _) => region,
        (None, Some(_)) => "us-east-1",
        (None, None) => return Err(OpenError::Missing("AWS_REGION")),
    };
    if !region.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
        return Err(OpenError::Setting { name: "AWS_REGION", problem: "it is the name of no region".to_owned() });
    }
    builder = builder.with_region(region);
    if let Some(url) = own {
        builder = builder.with_endpoint(url);
    }
    let given = |name| environment.get(name).is_some();
    let has_login = given("AWS_ACCESS_KEY_ID")
        || given("AWS_WEB_IDENTITY_TOKEN_FILE")
        || given("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        || given("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if !has_login && environment.get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value == "true") {
        return Err(OpenError::Missing("AWS_ACCESS_KEY_ID"));
    }
    Ok((Arc::new(builder.with_http_connector(network).build().map_err(made)?), has_login))
}

fn google(address: &Address, environment: &Environment, network: Network) -> Result<Made, OpenError> {
    let mut builder = GoogleCloudStorageBuilder::new().with_bucket_name(&address.bucket).with_retry(retry());
    let emulator = endpoint(environment, &["STORAGE_EMULATOR_HOST"])?;
    let home = environment.get("HOME").map(|home| Path::new(home).join(GCLOUD));
    let home = home.filter(|path| path.is_file()).map(|path| path.to_string_lossy().into_owned());
    let service_account =
        ["GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"].into_iter().find_map(|name| environment.get(name));
    let mut has_login = true;
    if let Some(bearer) = environment.get("GOOGLE_OAUTH_ACCESS_TOKEN") {
        let credential = GcpCredential { bearer: bearer.to_owned() };
        builder = builder.with_credentials(Arc::new(StaticCredentialProvider::new(credential)));
    } else if let Some(key) = environment.get("GOOGLE_SERVICE_ACCOUNT_KEY") {
        builder = builder.with_service_account_key(key);
    } else if let Some(path) = service_account {
        builder = builder.with_service_account_path(path);
    } else if let Some(path) = environment.get("GOOGLE_APPLICATION_CREDENTIALS").map(str::to_owned).or(home) {
        builder = builder.with_config(GoogleConfigKey::ApplicationCredentials, path);
    } else if emulator.is_some() {
        // Emulators know no login.
        builder = builder.with_skip_signature(true);
    } else {
        has_login = false;
    }
    if let Some(url) = emulator {
        builder = builder.with_base_url(&url);
    }
    Ok((Arc::new(builder.with_http_connector(network).build().map_err(made)?), has_login))
}

fn azure(address: &Address, environment: &Environment, network: Network) -> Result<Made, OpenError> {
    use AzureConfigKey as Key;
    const PLAIN: [(&[&str], Key); 8] = [
        (&["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"], Key::AccountName),
        (&["AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY"], Key::AccessKey),
        (&["AZURE_STORAGE_SAS_TOKEN"], Key::SasKey),
        (&["AZURE_STORAGE_TOKEN"], Key::Token),
        (&["AZURE_CLIENT_ID"], Key::ClientId),
        (&["AZURE_CLIENT_SECRET"], Key::ClientSecret),
        (&["AZURE_TENANT_ID"], Key::AuthorityId),
        (&["AZURE_FEDERATED_TOKEN_FILE"], Key::FederatedTokenFile),
    ];
    let mut builder = MicrosoftAzureBuilder::new().with_container_name(&address.bucket).with_retry(retry());
    let mut given = 0;
    for (names, key) in PLAIN {
        if let Some(value) = names.iter().find_map(|name| environment.get(name)) {
            builder = builder.with_config(key, value);
            given += 1;
        } else if key == Key::AccountName {
            return Err(OpenError::Missing("AZURE_STORAGE_ACCOUNT_NAME"));
        }
    }
    if let Some(url) = endpoint(environment, &["AZURE_AUTHORITY_HOST"])? {
        builder = builder.with_config(Key::AuthorityHost, url);
    }
    if let Some(url) = endpoint(environment, &["AZURE_STORAGE_ENDPOINT"])? {
        builder = builder.with_endpoint(url);
    }
    Ok((Arc::new(builder.with_http_connector(network).build().map_err(made)?), given > 1))
}

/// The first of `names` that is set, as the address of a host to trust.
fn endpoint(environment: &Environment, names: &[&'static str]) -> Result<Option<String>, OpenError> {
    let Some((name, value)) = names.iter().find_map(|name| Some((*name, environment.get(name)?))) else {
        return Ok(None);
    };
    let problem = |problem: &str| Err(OpenError::Setting { name, problem: problem.to_owned() });
    let Ok(url) = Url::parse(value) else { return problem("it is no URL") };
    let Some(host) = url.host_str() else { return problem("it names no host") };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => return problem("plain http is spoken only to this machine: use https"),
        _ => return problem("it begins neither with https:// nor with http://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return problem("it holds a login: credentials have variables of their own");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return problem("it has a `?` or `#` in it");
    }
    Ok(Some(value.trim_end_matches('/').to_owned()))
}

/// Sending again what surely was not done, or does not matter if it was. All of it together takes less than half a
/// minute, so that an unreachable store is an error and not a wait.
fn retry() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(200), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: 3, retry_timeout: Duration::from_secs(15) }
}

fn made(error: object_store::Error) -> OpenError {
    OpenError::Client(deepest(&error))
}

/// Why an object store cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A variable that is needed is not set.
    #[error("{0} is not set, and the object store cannot be used without it")]
    Missing(&'static str),
    /// A variable has a value that cannot be used; it is not quoted, as it may hold a secret.
    #[error("{name} cannot be used: {problem}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The client refuses its settings: a credential that cannot be read, a key without its secret.
    #[error("there is no access to the object store: {0}")]
    Client(String),
    /// There is no way out of this machine.
    #[error(transparent)]
    Network(#[from] SetupError),
}

/// Where `gcloud auth application-default login` leaves a login, below the home.
const GCLOUD: &str = ".config/gcloud/application_default_credentials.json";
const SECRETS: [&str; 9] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_CLIENT_SECRET",
];
