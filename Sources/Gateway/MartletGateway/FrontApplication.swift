/// An application around another one that answers some requests itself, in the server's name and not in a site's.
package protocol FrontApplication: Application {
    /// What answers the rest.
    var application: any Application { get }

    /// The same around another one.
    func before(_ application: any Application) -> any Application
}
