/// The scripts that an application behind FastCGI is told to run, such as php-fpm.
package struct ScriptsOfUpstream: Sendable, Equatable {
    /// The folder that they are in, for this server and for the application.
    package var root: String
    /// What a folder of it stands for.
    package var index: String
    /// How the name of a script ends.
    package var ending: String
    /// What answers where there is no file: below the folder.
    package var fallback: String?
}
