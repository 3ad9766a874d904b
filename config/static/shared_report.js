"use strict";
// The token stands behind the # of the link, so that no server and no log ever sees it in an address.
(() => {
  const form = document.getElementById("open");
  const message = document.getElementById("message");

  async function openReport() {
    const answer = await fetch("/api/v1/shared-report", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: location.hash.slice(1) || "-" }),
    });
    if (!answer.ok) {
      const problem = await answer.json();
      message.textContent = problem.detail;
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = "AT_Report.pdf";
    link.click();
    message.textContent = "The document has been downloaded.";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    openReport().catch(() => {
      message.textContent = "The clinic cannot be reached. Check your connection and try again.";
    });
  });
})();
