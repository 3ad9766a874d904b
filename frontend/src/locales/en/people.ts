export const people = {
  onePatient: "Patient",
  onePerson: "Somebody of the clinic",
  oneVisit: "Visit",
  patient: "Patient",
  searchPatient: "Name, e-mail, phone or number",
  search: "Type to search",
  clear: "Clear: {{label}}",
  nothingFound: "Nothing found.",
  found_one: "{{count}} found",
  found_other: "{{count}} found",
  born: "born {{day}}",
  status: {
    active: "Active",
    inactive: "Inactive",
    archived: "Archived",
    deceased: "Deceased",
  },
} as const;
