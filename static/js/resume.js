// <form data-resume>: sends a form that waited for a fresh sign-in, once. Coming back to the page does not send it again.
const [navigation] = performance.getEntriesByType("navigation");
if (navigation?.type === "navigate") {
  document.querySelector("form[data-resume]")?.requestSubmit();
}
