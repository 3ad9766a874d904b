// The DocumentManager inside Django admin's change pages.
export {};
