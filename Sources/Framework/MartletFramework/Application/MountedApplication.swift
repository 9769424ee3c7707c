package import MartletGateway

/// An application that is mounted in an app and has to be started before it answers, by whoever serves the app.
package protocol MountedApplication: Application {
    /// What is wrong with how it was described; nil if nothing is.
    var fault: String? { get }
    /// The folder that it serves, if routes have URLs for its files.
    var folder: StaticFolder? { get }
}

extension MountedApplication {
    package var folder: StaticFolder? { nil }
}

extension App {
    /// What is mounted in it and has to be started, with the paths.
    ///
    /// - Throws: ``RegistrationError``.
    package func mountedApplications() throws -> [(path: String, application: any MountedApplication)] {
        try current().mounted
    }
}
