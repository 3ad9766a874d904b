// The DocumentManager inside Django admin's change pages.
import "./island/styles";
import { mountIslands } from "./island/mount";

mountIslands();
