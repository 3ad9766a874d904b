// The parts of a medical record that are more than a field: one file of the build.
export { DiagnosesEdit, DiagnosesShow } from "./Diagnoses";
export { Extra } from "./Extra";
export { LabValuesEdit, LabValuesShow } from "./LabValues";
export { PrescriptionsEdit, PrescriptionsShow } from "./Prescriptions";
export { VitalSignsEdit, VitalSignsShow } from "./VitalSigns";
