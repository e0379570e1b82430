// A component's life: made once, told of new data as often as it comes, ended once.

// `create(parent)` makes its state, `receive(state, data)` hears of data, `destroy(state)` ends it; `state.send` holds the setters.
export function living({ create, receive, destroy }) {
  const states = new WeakMap(); // parent element → state
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    let state = states.get(parentElement);
    if (!state) {
      state = Object.assign(create(parentElement), { generation: 0 });
      states.set(parentElement, state);
    }
    state.generation += 1;
    const { generation } = state;
    state.send = { setStateValue, setTriggerValue };
    receive(state, data);
    return () => {
      // A superseded call may be cleaned up late: only the newest one ends the component.
      if (state.generation !== generation) return;
      destroy(state);
      states.delete(parentElement);
    };
  };
}
