export const island = {
  saveHint: "Documents are saved with this page's Save as well.",
  save: "Save the documents now",
  saving: "The documents are being saved …",
  saved: "The documents are saved.",
  nothing: "Nothing waits to be saved.",
  failed:
    "The page was not saved yet, because of these files: {{names}}. Try them again or remove them, then save once more.",
  notSaved: "The page was not saved yet: {{reason}}",
  over: {
    title: "Your session is over",
    text: "The files that wait are still here. Sign in again in another tab, then come back and save.",
    signIn: "Sign in (opens a new tab)",
    saveLater:
      "The page was not saved: your session is over. Sign in again in another tab, then save.",
  },
  plain: "Use the plain form instead",
  saveFirst: "Save or remove the files that wait first.",
} as const;
