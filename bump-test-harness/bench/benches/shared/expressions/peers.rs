//! Storages that are no arenas of ours.

use std::alloc::{GlobalAlloc as _, Layout};
use std::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use allocator_api2_04::alloc::Allocator as Later;

use super::{Node, Storage, program};

type BumpScope = bump_scope::Bump<bump_scope::alloc::Global>;

arena!(bumpalo::Bump, |self, node| self.alloc(node));
arena!(BumpScope, |self, node| {
    bump_scope::BumpBox::leak(self.alloc(node))
});

/// An arena of blink-alloc, whose interface is that of a later version.
#[derive(Clone, Copy)]
struct Blink<'a>(&'a blink_alloc::BlinkAlloc);

// SAFETY: passes on to an allocator with the same interface.
unsafe impl Allocator for Blink<'_> {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        Later::allocate(self.0, layout).map_err(|_| AllocError)
    }
    #[inline(always)]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: passed on.
        unsafe { Later::deallocate(self.0, block, layout) };
    }
    #[inline(always)]
    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: passed on.
        unsafe { Later::grow(self.0, block, old, new) }.map_err(|_| AllocError)
    }
}

arena!(Blink<'a>, 'a, |self, node| Box::leak(Box::new_in(node, self)));

/// mimalloc, of which each box is.
#[derive(Clone, Copy)]
struct Boxes;

// SAFETY: passes on to an allocator that is there for good.
unsafe impl Allocator for Boxes {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: mimalloc takes 0 bytes as well.
        let block = unsafe { mimalloc::MiMalloc.alloc(layout) };
        let block = NonNull::new(block).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: passed on.
        unsafe { mimalloc::MiMalloc.dealloc(block.as_ptr(), layout) };
    }
}

impl Storage for Boxes {
    type Link = Box<Node<Self>, Self>;
    type List = Vec<Self::Link, Self>;
    type Memory = Self;

    fn link(self, node: Node<Self>) -> Self::Link {
        Box::new_in(node, self)
    }
    fn list(self, links: impl Iterator<Item = Self::Link>) -> Self::List {
        let mut list = Vec::new_in(self);
        list.extend(links);
        list
    }
    fn memory(self) -> Self {
        self
    }
}

/// Arenas of nodes and of links to them. Lists are made in mimalloc before they are moved in, since
/// such an arena cannot be used while a list is made in it; the table of names stays there.
#[derive(Clone, Copy)]
struct Typed<'a> {
    nodes: &'a typed_arena::Arena<Node<Typed<'a>>>,
    links: &'a typed_arena::Arena<&'a Node<Typed<'a>>>,
}

impl<'a> Storage for Typed<'a> {
    type Link = &'a Node<Self>;
    type List = &'a [Self::Link];
    type Memory = Boxes;

    fn link(self, node: Node<Self>) -> Self::Link {
        self.nodes.alloc(node)
    }
    fn list(self, links: impl Iterator<Item = Self::Link>) -> Self::List {
        let mut list = Vec::new_in(Boxes);
        list.extend(links);
        self.links.alloc_extend(list)
    }
    fn memory(self) -> Boxes {
        Boxes
    }
}

pub(crate) fn on_bumpalo(text: &str) -> i64 {
    program(&bumpalo::Bump::new(), text)
}

pub(crate) fn on_bump_scope(text: &str) -> i64 {
    program(&BumpScope::new(), text)
}

pub(crate) fn on_blink_alloc(text: &str) -> i64 {
    program(Blink(&blink_alloc::BlinkAlloc::new()), text)
}

pub(crate) fn on_typed_arena(text: &str) -> i64 {
    let (nodes, links) = (typed_arena::Arena::new(), typed_arena::Arena::new());
    let storage = Typed {
        nodes: &nodes,
        links: &links,
    };
    program(storage, text)
}

pub(crate) fn on_boxes(text: &str) -> i64 {
    program(Boxes, text)
}
