//! The vendor profiles terminals are read by: those that come with the program, and an operator's own.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wire::profile::FILE_BYTES_MAX;
use wire::{Profile, ProfileError};

/// Most profiles read from a folder.
pub const PROFILES_MAX: usize = 256;

/// Why a folder of profiles cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// It cannot be read.
    #[error("the vendor profiles at {} cannot be read: a folder of *.toml files is expected", path.display())]
    Unreadable {
        /// Folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// One of them is no profile.
    #[error("a vendor profile cannot be used")]
    Profile(#[from] ProfileError),
    /// Too many.
    #[error("{} holds more than {PROFILES_MAX} vendor profiles: take out those that are not needed", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
}

/// Every profile known. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// An operator's own come first and stand in place of built-in ones of the same name.
    profiles: Arc<[Arc<Profile>]>,
    unprofiled: Arc<Profile>,
}

impl Default for Shelf {
    /// The profiles that come with the program.
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Shelf {
    fn of(own: Vec<Profile>) -> Self {
        let is_own = |name: &str| own.iter().any(|profile| profile.name() == name);
        let built_in: Vec<Profile> =
            Profile::builtin().iter().filter(|p| !is_own(p.name())).cloned().collect();
        let profiles = own.into_iter().chain(built_in).map(Arc::new).collect();
        Self { profiles, unprofiled: Arc::new(Profile::unprofiled().clone()) }
    }

    /// Built-in profiles and every `*.toml` of a folder.
    pub fn with_folder(folder: &Path) -> Result<Self, ShelfError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| ShelfError::Unreadable { path, source }
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
            if files.len() > PROFILES_MAX {
                return Err(ShelfError::TooMany { path: folder.to_owned() });
            }
        }
        files.sort();
        let mut own = Vec::with_capacity(files.len());
        for path in files {
            let mut text = String::new();
            // A byte more than is read: what is longer is refused by the profile's own words.
            std::fs::File::open(&path)
                .and_then(|file| file.take(FILE_BYTES_MAX as u64 + 1).read_to_string(&mut text))
                .map_err(unreadable(&path))?;
            own.push(Profile::parse(&text, &path.display().to_string())?);
        }
        Ok(Self::of(own))
    }

    /// A profile by its name.
    pub fn named(&self, name: &str) -> Option<&Arc<Profile>> {
        self.profiles.iter().find(|profile| profile.name() == name)
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|profile| profile.name())
    }

    /// The profile of a terminal: the one a registrar chose, else by maker and model, else none but the standard's own
    /// bits. A chosen one that is no longer there counts as none chosen.
    pub fn choose(&self, chosen: Option<&str>, maker: &str, model: &str) -> &Arc<Profile> {
        chosen
            .and_then(|name| self.named(name))
            .or_else(|| self.profiles.iter().find(|profile| profile.is_for(maker, model)))
            .unwrap_or(&self.unprofiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shelf: &Shelf, chosen: Option<&str>, model: &str, expected: &str) {
        assert_eq!(shelf.choose(chosen, "MAKER", model).name(), expected);
    }

    #[test]
    fn a_registrars_choice_comes_before_the_model_and_the_model_before_none() {
        let shelf = Shelf::default();
        let none = Profile::unprofiled().name();
        check(&shelf, Some("lh16bx"), "other", "lh16bx");
        check(&shelf, None, "LH-16BX-4", "lh16bx");
        check(&shelf, None, "of nobody's", none);
        check(&shelf, Some("gone"), "of nobody's", none);
        check(&shelf, Some("gone"), "LH-16BX-4", "lh16bx");
    }

    #[test]
    fn a_folder_adds_profiles_and_one_of_a_built_in_name_stands_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let made_for = "[[made_for]]\nmaker = \"MAKER\"\nmodel = \"M7\"\n";
        let text = |name: &str| {
            format!(
                "name = \"{name}\"\nzh = \"x\"\nen = \"ours\"\nprotocol = \"2013\"\ncoordinates = \"status bit 5\"\n\
                 load_bits = \"ignored\"\nfacts = [\"a test\"]\nassumed = []\n{made_for}"
            )
        };
        std::fs::write(folder.path().join("a.toml"), text("lh16bx")).unwrap();
        std::fs::write(folder.path().join("readme.txt"), "no profile").unwrap();
        let shelf = Shelf::with_folder(folder.path()).unwrap();
        check(&shelf, None, "M7", "lh16bx");
        assert_eq!(shelf.named("lh16bx").unwrap().description_en(), "ours");
        assert_eq!(shelf.names().count(), Shelf::default().names().count());
        std::fs::write(folder.path().join("b.toml"), "name = 7").unwrap();
        let error = crate::sentence(&Shelf::with_folder(folder.path()).unwrap_err());
        assert!(error.contains("b.toml") && error.contains("line"), "{error}");
    }
}
