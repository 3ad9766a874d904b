export const patients = {} as const;
