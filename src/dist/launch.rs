//! What who started this process says of the group: `env://`.

use crate::{Error, Result};

/// A process's place in its group, and where the group meets: what `torchrun` puts into the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// `RANK`: this process's number in the group, from 0.
    pub rank: usize,
    /// `WORLD_SIZE`: processes in the group.
    pub world_size: usize,
    /// `LOCAL_RANK`: its number on this machine, which chooses its GPU.
    pub local_rank: usize,
    /// `LOCAL_WORLD_SIZE`: processes on this machine.
    pub local_world_size: usize,
    /// `MASTER_ADDR`: where the store is.
    pub master_addr: String,
    /// `MASTER_PORT`
    pub master_port: u16,
    /// `TORCHELASTIC_USE_AGENT_STORE`: `torchrun`'s agent holds the store; else rank 0 does.
    pub agent_store: bool,
    /// `TORCHELASTIC_RESTART_COUNT`: how often the group was started again.
    pub restart_count: u64,
}

impl Launch {
    /// Whether this process was started as one of a group: `RANK` and `WORLD_SIZE` are set.
    pub fn is_set() -> bool {
        ["RANK", "WORLD_SIZE"].into_iter().all(|name| std::env::var_os(name).is_some())
    }

    /// From the environment, as torch's `init_method="env://"`.
    ///
    /// # Errors
    /// Names the variable that is missing, no number, or at odds with another.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name: &str| {
            given(name).ok_or_else(|| {
                Error::value(format!("env://: environment variable {name} expected, but not set"))
                    .mend("start the processes with torchrun --no-python, which sets it")
            })
        };
        let number = |name: &str, value: String| {
            value.parse::<u64>().map_err(|_| {
                Error::value(format!("env://: {name} is {value:?}, not a number from 0"))
            })
        };
        let of = |name: &str| number(name, required(name)?);
        let or = |name: &str, other: u64| given(name).map_or(Ok(other), |v| number(name, v));
        let (rank, world_size) = (of("RANK")?, of("WORLD_SIZE")?);
        if world_size == 0 || rank >= world_size {
            return Err(Error::value(format!(
                "env://: RANK is {rank}, but WORLD_SIZE is {world_size}"
            ))
            .mend("ranks are counted from 0 to WORLD_SIZE - 1"));
        }
        let port = of("MASTER_PORT")?;
        let port = u16::try_from(port).map_err(|_| {
            Error::value(format!("port must have value from 0 to 65535 but was {port}."))
        })?;
        Ok(Self {
            rank: rank as usize,
            world_size: world_size as usize,
            local_rank: or("LOCAL_RANK", rank)? as usize,
            local_world_size: or("LOCAL_WORLD_SIZE", world_size)? as usize,
            master_addr: required("MASTER_ADDR")?,
            master_port: port,
            agent_store: given("TORCHELASTIC_USE_AGENT_STORE").as_deref() == Some("True"),
            restart_count: or("TORCHELASTIC_RESTART_COUNT", 0)?,
        })
    }

    /// The places of `processes` on this machine, which meet at that port of it.
    pub fn on_this_machine(processes: usize, port: u16) -> Vec<Self> {
        let place = |rank| Self {
            rank,
            world_size: processes,
            local_rank: rank,
            local_world_size: processes,
            master_addr: "127.0.0.1".to_owned(),
            master_port: port,
            agent_store: false,
            restart_count: 0,
        };
        (0..processes).map(place).collect()
    }

    /// The environment that says so: for who starts processes.
    pub fn to_env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RANK", self.rank.to_string()),
            ("WORLD_SIZE", self.world_size.to_string()),
            ("LOCAL_RANK", self.local_rank.to_string()),
            ("LOCAL_WORLD_SIZE", self.local_world_size.to_string()),
            ("MASTER_ADDR", self.master_addr.clone()),
            ("MASTER_PORT", self.master_port.to_string()),
            (
                "TORCHELASTIC_USE_AGENT_STORE",
                if self.agent_store { "True" } else { "False" }.to_owned(),
            ),
            ("TORCHELASTIC_RESTART_COUNT", self.restart_count.to_string()),
        ]
    }
}

/// A port of this machine that nobody listens on.
///
/// # Errors
/// When there is none, or no network at all.
pub fn free_port() -> Result<u16> {
    let failed = |error: std::io::Error| Error::value(format!("no port is free: {error}"));
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
    Ok(listener.local_addr().map_err(failed)?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(pairs: &[(&str, &str)]) -> Result<Launch> {
        Launch::from_lookup(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const PLACE: [(&str, &str); 4] = [
        ("RANK", "1"),
        ("WORLD_SIZE", "2"),
        ("MASTER_ADDR", "127.0.0.1"),
        ("MASTER_PORT", "29500"),
    ];

    #[test]
    fn torchruns_environment_is_read_and_written() {
        let read = launch(&PLACE).unwrap();
        assert_eq!((read.rank, read.local_rank, read.local_world_size), (1, 1, 2));
        assert!(!read.agent_store && read.restart_count == 0);
        let written = read.to_env();
        let pairs: Vec<(&str, &str)> = written.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(launch(&pairs).unwrap(), read);
        assert_eq!(Launch::on_this_machine(2, 29500)[1], read);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let without = |name: &str| {
            let left: Vec<_> = PLACE.into_iter().filter(|(key, _)| *key != name).collect();
            launch(&left).unwrap_err().what().to_owned()
        };
        assert_eq!(
            without("MASTER_ADDR"),
            "env://: environment variable MASTER_ADDR expected, but not set"
        );
        let with = |name: &'static str, value: &'static str| {
            let changed = PLACE.map(|(k, v)| (k, if k == name { value } else { v }));
            launch(&changed).unwrap_err().what().to_owned()
        };
        assert_eq!(with("RANK", "2"), "env://: RANK is 2, but WORLD_SIZE is 2");
        assert_eq!(with("RANK", "-1"), "env://: RANK is \"-1\", not a number from 0");
        assert_eq!(with("WORLD_SIZE", "0"), "env://: RANK is 1, but WORLD_SIZE is 0");
        assert_eq!(
            with("MASTER_PORT", "70000"),
            "port must have value from 0 to 65535 but was 70000."
        );
    }
}
