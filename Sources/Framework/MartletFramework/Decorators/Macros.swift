#if Decorators
#if compiler(<6.3)
#error("Decorators need Swift 6.3 or later; closures, as in app.get(\"/\") { … }, do not.")
#endif

public import HTTPTypes

/// Makes a function the handler of GET, and of HEAD with it.
///
///     @GET("/users/<int:id>") func user(id: Int) -> User { … }
///
/// The function is a free or a static one. Its parameters are those of the pattern, by their names; besides them the `Request`, types
/// that are ``RequestExtractable``, and what has a default value. It returns what a closure may return (``ResponseConvertible``, or
/// `Encodable` for JSON). An app that is made in its module has the route without anything further.
///
/// - Parameters:
///   - pattern: the path, with parameters as `<name>` or `<converter:name>` (`PathConverter`); checked by the compiler.
///   - name: the name for ``App/url(for:_:anchor:mountPath:)``; by default the function's.
@attached(peer, names: overloaded)
public macro GET(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of POST, as `@GET` does of GET.
@attached(peer, names: overloaded)
public macro POST(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of PUT, as `@GET` does of GET.
@attached(peer, names: overloaded)
public macro PUT(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of PATCH, as `@GET` does of GET.
@attached(peer, names: overloaded)
public macro PATCH(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of DELETE, as `@GET` does of GET.
@attached(peer, names: overloaded)
public macro DELETE(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of HEAD, if that of GET is not suitable.
@attached(peer, names: overloaded)
public macro HEAD(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of OPTIONS, if the automatic answer is not suitable.
@attached(peer, names: overloaded)
public macro OPTIONS(_ pattern: StaticString, name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")

/// Makes a function the handler of several methods: `@ROUTE("/form", methods: [.get, .post])`.
@attached(peer, names: overloaded)
public macro ROUTE(_ pattern: StaticString, methods: [HTTPRequest.Method], name: StaticString? = nil) =
    #externalMacro(module: "MartletMacros", type: "RouteMacro")
#endif
