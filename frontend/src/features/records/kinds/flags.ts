/** The colours of HL7's abnormal flags; the word always stands beside. */
export const FLAG_COLORS: Record<string, string> = {
  N: "green",
  L: "orange",
  H: "orange",
  A: "orange",
  LL: "red",
  HH: "red",
};
