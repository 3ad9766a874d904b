"use strict";
// The token stands behind the # of the link, so that no server and no log ever sees it in an address.
(() => {
  const message = document.getElementById("message");
  const codeForm = document.getElementById("code-form");
  const acceptForm = document.getElementById("accept-form");
  const field = (id) => document.getElementById(id);
  let token = location.hash.slice(1);

  async function ask(path, body) {
    const answer = await fetch(`/api/v1/invites/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const found = await answer.json();
    if (!answer.ok) {
      const reasons = (found.errors || []).map((error) => error.message);
      throw Object.assign(new Error(reasons.join(" ") || found.detail), { code: found.code });
    }
    return found;
  }

  function say(text, isError = false) {
    message.textContent = text;
    message.classList.toggle("text-red-700", isError);
    message.classList.toggle("dark:text-red-500", isError);
    message.scrollIntoView({ block: "center" });
  }

  function sayError(error) {
    const isOffline = error instanceof TypeError;
    say(isOffline ? "The clinic cannot be reached. Check your connection and try again." : error.message, true);
    field("done").hidden = error.code !== "invite_used";
  }

  async function verify() {
    const invite = await ask("verify", { token });
    codeForm.hidden = true;
    acceptForm.hidden = false;
    field("name").focus();
    say(`Welcome, ${invite.first_name}. ${invite.clinic} makes you a login for ${invite.email}.`);
  }

  async function accept() {
    if (field("password").value !== field("again").value) {
      say("The two passwords differ.", true);
      return;
    }
    const made = await ask("accept", {
      token,
      password: field("password").value,
      name: field("name").value,
    });
    acceptForm.hidden = true;
    history.replaceState(null, "", location.pathname);
    say(`Your login is made. Log in with ${made.email} and your password.`);
    field("done").hidden = false;
    field("done").focus();
  }

  codeForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = field("code").value.trim();
    token = typed.slice(typed.indexOf("#") + 1);
    verify().catch(sayError);
  });
  acceptForm.addEventListener("submit", (event) => {
    event.preventDefault();
    accept().catch(sayError);
  });

  if (token) {
    verify().catch((error) => {
      sayError(error);
      codeForm.hidden = error.code !== "unknown_invite";
    });
  } else {
    say("Copy the code from your e-mail.");
    codeForm.hidden = false;
  }
})();
