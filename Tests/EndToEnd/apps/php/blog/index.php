<?php header("Content-Type: text/plain"); echo "blog " . ($_SERVER["PATH_INFO"] ?? "-");
