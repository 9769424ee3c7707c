/// What a decorator leaves in the program for each route: 16 bytes in the section `martlet_routes`.
///
/// Only constants of fixed layout may stand there, so the route itself is written by a function. `magic` is
/// `DecoratedRoute.magic` and `version` is `DecoratedRoute.version`; `write` initialises the ``DecoratedRoute`` at the address
/// that it is given. The decorators write these; there is no other use for them.
public typealias RouteRecord = (
    magic: UInt32, version: UInt32, write: @convention(c) (_ route: UnsafeMutableRawPointer) -> Void
)
