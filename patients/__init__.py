"""Who the records are about: patients, guardians, referrers, companies."""
