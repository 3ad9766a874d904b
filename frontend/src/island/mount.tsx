import { createRoot, type Root } from "react-dom/client";
import { makeQueryClient } from "@/api/queries";
import { Islands } from "./Islands";
import { findPlaces } from "./places";
import { keepFileFields } from "./unfold";

/** Put a manager into each place of the page; returns their tree, or nothing where there is none. */
export function mountIslands(client = makeQueryClient()): Root | null {
  const places = findPlaces(document);
  if (places.length === 0) return null;
  keepFileFields(places.map(({ element }) => element));
  const home = document.createElement("div");
  document.body.append(home);
  const root = createRoot(home);
  root.render(<Islands client={client} places={places} />);
  return root;
}
