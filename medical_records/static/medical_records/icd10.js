"use strict";
// Suggests ICD-10 codes while one is typed, and fills in the name that belongs to a chosen code.
(() => {
  const WAIT = 200; // milliseconds after the last key
  let timer;
  const list = document.createElement("datalist");
  list.id = "icd10-suggestions";

  async function suggest(input) {
    const text = input.value.trim();
    if (text.length < 2) return;
    const answer = await fetch(`/api/v1/icd10?search=${encodeURIComponent(text)}`);
    if (!answer.ok) return;
    const codes = await answer.json();
    list.replaceChildren(
      ...codes.map((found) => {
        const option = document.createElement("option");
        option.value = found.code;
        option.label = `${found.code} ${found.description}`;
        option.dataset.description = found.description;
        return option;
      }),
    );
  }

  function fillName(input) {
    const chosen = [...list.options].find((option) => option.value === input.value);
    const name = document.getElementById(input.id.replace("icd_code", "diagnosis_name"));
    if (chosen && name && !name.value) name.value = chosen.dataset.description;
  }

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches("[data-icd10]")) return;
    if (!list.isConnected) document.body.append(list);
    input.setAttribute("list", list.id);
    fillName(input);
    clearTimeout(timer);
    timer = setTimeout(() => suggest(input), WAIT);
  });
})();
