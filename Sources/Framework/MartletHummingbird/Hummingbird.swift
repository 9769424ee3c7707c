// Without the trait Hummingbird this module is empty.
