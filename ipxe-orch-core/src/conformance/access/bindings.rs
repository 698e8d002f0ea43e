//! Cases about bindings.

use super::{AccessBench, must, not_found, same, taken, view::View};
use crate::{
    auth::{Binding, Hosts, Principal, Role},
    ids::BindingId,
};

/// Each kind of binding, in the order of its id.
fn all(bench: &AccessBench) -> [Binding; 4] {
    let person = bench.person(1);
    let who = Principal::Person { id: person.id, name: person.name };
    let labels = [(must("role".parse()), must("web".parse()))];
    let mut all = [
        bench.binding(),
        Binding::new(BindingId::from_bytes([0; 16]), who.clone(), Role::Admin, Hosts::All),
        Binding::new(
            BindingId::from_bytes([0; 16]),
            who,
            Role::Viewer,
            Hosts::Labels(labels.into()),
        ),
        bench.binding(),
    ];
    for (byte, binding) in [1, 2, 0x80, 0xff].into_iter().zip(&mut all) {
        binding.id = BindingId::from_bytes([byte; 16]);
    }
    all
}

/// What is written comes back, in the order of the ids.
pub async fn bindings_come_back_by_their_ids(bench: AccessBench) {
    let all = all(&bench);
    for binding in all.iter().rev() {
        must(bench.put_binding(binding).await);
    }
    let listed = must(bench.store.list_bindings(&bench.service()).await);
    same(&listed, &all.to_vec(), "bindings come back as they were written, by their ids");
}

/// A binding is stored once and removed once.
pub async fn a_binding_is_stored_and_removed_once(bench: AccessBench) {
    let [first, mut second, ..] = all(&bench);
    must(bench.put_binding(&first).await);
    second.id = first.id;
    let named = first.id.to_string();
    taken(&bench.put_binding(&second).await, &[&named], "the id of a binding is used once");
    let listed = must(bench.store.list_bindings(&bench.service()).await);
    same(&listed, &vec![first.clone()], "nothing is kept of a binding that is refused");
    let remove = async || {
        let entry = bench.entry("binding.remove");
        bench.store.remove_binding(&bench.grant().await, first.id, &entry).await
    };
    must(remove().await);
    not_found(&remove().await, "a binding is removed once");
    let listed = must(bench.store.list_bindings(&bench.service()).await);
    same(&listed, &vec![], "a binding that was removed is gone");
    let expected = ["binding.put", "binding.remove"].map(str::to_owned).to_vec();
    same(&bench.actions().await, &expected, "each change has one entry, what is refused none");
}

/// A person sees and changes no binding, its own neither.
pub async fn bindings_are_for_a_grant_over_everybody(bench: AccessBench) {
    let promise = "a grant for one person shows and changes no binding";
    let [_, own, new, ..] = all(&bench);
    must(bench.put_binding(&own).await);
    let before = View::of(&bench).await;
    let (store, grant, entry) = (&bench.store, bench.own(&bench.person(1)), bench.entry("outside"));
    same(&must(store.list_bindings(&grant).await), &vec![], promise);
    not_found(&store.put_binding(&grant, &new, &entry).await, promise);
    not_found(&store.remove_binding(&grant, own.id, &entry).await, promise);
    same(&View::of(&bench).await, &before, promise);
}
