// [data-copy]: copies the text of the nearest [data-copy-source], and says so.
async function copy(button) {
  const text = button.closest("[data-copy-source]").querySelector("pre, .value").textContent;
  const what = button.getAttribute("aria-label").replace(/^Copy /, "");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    announce(`The browser did not allow copying the ${what}. Select it and copy it by hand.`);
    return;
  }
  button.dataset.copied = "";
  announce(`Copied the ${what}.`);
  setTimeout(() => delete button.dataset.copied, 1600);
}

function announce(text) {
  document.dispatchEvent(new CustomEvent("console:announce", { detail: text }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
