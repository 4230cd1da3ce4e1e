// Typing a number of a limit chooses "a number".
document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-limit-number]");
  const choice = box?.closest(".limit-number").querySelector("[data-limit-choice]");
  if (choice && box.value) choice.checked = true;
});
