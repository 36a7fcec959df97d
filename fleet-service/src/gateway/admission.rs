//! Who may connect: terminals the registers or a registrar admit, with the code they were given.
//!
//! Everything asked at a connect is answered from memory: [`Book`] holds rights and hashes of codes, read at the start
//! and kept in step with what is stored. Only a registration waits for the disk, together with others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use domain::{Plate, Registers, Registry, TerminalId, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use wire::{Phone, Profile, Registration, RegistrationRefusal, Revision};

use super::clerk::{Clerk, ClerkGone};
use super::profiles::Shelf;
use super::rights::Rights;
use super::sessions::Sessions;
use crate::store::{PendingTerminal, RawMessage, Store, StoreError, StoredDevice, TruckNotice};

/// Random bytes of an authentication code; twice as many characters.
const CODE_BYTES: usize = 16;
/// How often decisions made by another process (the command line) are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Digits of a phone in a header of 2011 or 2013.
const PHONE_DIGITS_2013: usize = 12;

/// Why a registration could not be decided at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionError {
    /// The service is ending.
    #[error(transparent)]
    Gone(#[from] ClerkGone),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for an authentication code")]
    Random(#[source] getrandom::Error),
}

/// Rights and codes in memory.
#[derive(Debug, Default)]
pub struct Book {
    pages: RwLock<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    rights: Rights,
    devices: HashMap<TerminalId, Device>,
}

#[derive(Debug)]
struct Device {
    plate: Plate,
    code_hash: [u8; 32],
    /// As stated at its registration.
    maker: Box<str>,
    model: Box<str>,
}

impl From<StoredDevice> for Device {
    fn from(stored: StoredDevice) -> Self {
        Self {
            plate: stored.plate,
            code_hash: stored.code_hash,
            maker: stored.maker.into(),
            model: stored.model.into(),
        }
    }
}

/// A terminal that showed its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The truck it reports for.
    pub plate: Plate,
    /// How its messages are read.
    pub profile: Arc<Profile>,
}

impl Book {
    fn read(&self) -> RwLockReadGuard<'_, Pages> {
        self.pages.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Pages> {
        self.pages.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over a stored registration.
    pub(super) fn put_device(&self, terminal: TerminalId, device: StoredDevice) {
        self.write().devices.insert(terminal, device.into());
    }
}

/// Decides who is admitted. Cheap to clone.
#[derive(Clone)]
pub struct Admission {
    store: Store,
    book: Arc<Book>,
    clerk: Clerk,
    sessions: Sessions,
    shelf: Shelf,
    registers: watch::Receiver<Arc<Registers>>,
}

impl Admission {
    /// Reads what is stored. Terminals that lose their right lose their session with it.
    pub async fn start(
        store: Store,
        registers: watch::Receiver<Arc<Registers>>,
        sessions: Sessions,
        shelf: Shelf,
    ) -> Result<Self, StoreError> {
        let mut pages = Pages::default();
        pages.rights.set_registers(registers.borrow().newest());
        for right in store.rights_after(0).await? {
            pages.rights.decide(right);
        }
        pages.devices =
            store.devices().await?.into_iter().map(|(terminal, device)| (terminal, device.into())).collect();
        let book = Arc::new(Book { pages: RwLock::new(pages) });
        let clerk = Clerk::start(store.clone(), Arc::clone(&book), sessions.shared_totals());
        Ok(Self { store, book, clerk, sessions, shelf, registers })
    }

    /// Registers a terminal and returns its new authentication code, or why not. Who is refused is noted for the
    /// registrar.
    pub async fn register(
        &self,
        phone: Phone,
        registration: Registration,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Result<String, RegistrationRefusal>, AdmissionError> {
        let Ok(terminal) = phone.to_terminal_id() else {
            return Ok(Err(RegistrationRefusal::NoSuchTerminal));
        };
        let stated = registration.parsed_plate().ok();
        let judged = self.book.read().rights.judge_registration(&terminal, stated.as_ref());
        let plate = match judged {
            Ok(plate) => plate,
            Err(refusal) => {
                let reason = refusal.to_string();
                self.clerk.note_pending(knock(&terminal, &phone, Some(&registration), &reason, address, now));
                return Ok(Err(refusal));
            }
        };
        let code = new_code().map_err(AdmissionError::Random)?;
        let device = StoredDevice {
            plate,
            code_hash: hash(&code),
            maker: registration.maker.key(),
            model: registration.model.key(),
            registered: now,
        };
        self.clerk.put_device(terminal, device).await?;
        Ok(Ok(code))
    }

    /// The truck of a terminal that shows its code; `None` when it is not admitted. One that no right is known of is
    /// noted for the registrar.
    pub fn authenticate(
        &self,
        terminal: &TerminalId,
        phone: &Phone,
        code: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Option<Admitted> {
        let pages = self.book.read();
        let Some(plate) = pages.rights.truck_of(terminal) else {
            let reason = RegistrationRefusal::NoSuchTerminal.to_string();
            self.clerk.note_pending(knock(terminal, phone, None, &reason, address, now));
            return None;
        };
        let device = pages.devices.get(terminal)?;
        // In constant time: how long it takes tells nothing of how much of a code was right.
        let fits = bool::from(device.code_hash.ct_eq(&hash(code)));
        (fits && device.plate == *plate).then(|| Admitted {
            plate: plate.clone(),
            profile: {
                let chosen = pages.rights.admission(terminal).and_then(|right| right.profile.as_deref());
                Arc::clone(self.shelf.choose(chosen, &device.maker, &device.model))
            },
        })
    }

    /// The vendor profiles known.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Whether a terminal still has the right to report for a truck.
    pub fn still_holds(&self, terminal: &TerminalId, plate: &Plate) -> bool {
        self.book.read().rights.truck_of(terminal) == Some(plate)
    }

    /// Keeps a message nothing here reads; returns when it is durable.
    pub async fn keep_raw(&self, message: RawMessage) -> Result<(), ClerkGone> {
        self.clerk.keep_raw(message).await
    }

    /// Keeps what a truck says of its reports; returns when it is durable.
    pub async fn keep_notices(&self, notices: Vec<TruckNotice>) -> Result<(), ClerkGone> {
        self.clerk.keep_notices(notices).await
    }

    /// Takes over what registrars decided since, and ends the sessions of those who lost their right.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let newest = self.book.read().rights.newest();
        let decided = self.store.rights_after(newest).await?;
        if decided.is_empty() {
            return Ok(());
        }
        let terminals: Vec<TerminalId> = decided.iter().map(|right| right.terminal.clone()).collect();
        // A terminal that cannot register is given its code together with its right.
        for terminal in &terminals {
            if let Some(device) = self.store.device(terminal).await? {
                self.book.put_device(terminal.clone(), device);
            }
        }
        {
            let mut pages = self.book.write();
            for right in decided {
                pages.rights.decide(right);
            }
        }
        self.cut_those_without_right();
        // Whoever was decided upon begins anew: with another truck, or read by another profile.
        for terminal in &terminals {
            self.sessions.cut(terminal);
        }
        Ok(())
    }

    /// Keeps in step with the registers and with decisions made elsewhere, until told to stop.
    pub async fn keep_in_step(mut self, stop: CancellationToken) {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.registers.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let registry: Arc<Registry> = Arc::clone(self.registers.borrow_and_update().newest());
                    self.book.write().rights.set_registers(&registry);
                    self.cut_those_without_right();
                }
                _ = tick.tick() => {
                    if let Err(error) = self.refresh().await {
                        tracing::error!(error = %crate::sentence(&error), "decisions on terminals cannot be read");
                    }
                }
            }
        }
    }

    fn cut_those_without_right(&self) {
        let pages = self.book.read();
        self.sessions.cut_unless(|terminal, plate| pages.rights.truck_of(terminal) == Some(plate));
    }
}

/// What a registrar is shown of a terminal that was refused.
fn knock(
    terminal: &TerminalId,
    phone: &Phone,
    registration: Option<&Registration>,
    refusal: &str,
    address: IpAddr,
    now: Timestamp,
) -> PendingTerminal {
    let phone = phone.to_string();
    let said = |field: fn(&Registration) -> String| registration.map(field).unwrap_or_default();
    PendingTerminal {
        terminal: terminal.clone(),
        maker: said(|r| r.maker.key()),
        model: said(|r| r.model.key()),
        device_id: said(|r| r.terminal.key()),
        plate: said(|r| r.plate.clone()),
        colour: registration.map(|r| r.colour_code),
        revision: match registration.map(|r| r.revision) {
            Some(Revision::V2011) => "2011",
            None if phone.len() > PHONE_DIGITS_2013 => "2019",
            Some(Revision::V2019) => "2019",
            Some(Revision::V2013) | None => "2013",
        }
        .to_owned(),
        phone,
        refusal: refusal.to_owned(),
        address: address.to_string(),
        first: now,
        last: now,
        attempts: 1,
    }
}

/// An authentication code nobody can guess.
pub fn new_code() -> Result<String, getrandom::Error> {
    let mut bytes = [0; CODE_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// What is kept of a code.
pub fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}
