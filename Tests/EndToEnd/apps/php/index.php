<?php // The front of an application that has its own routes.
header('Content-Type: text/plain');
echo 'index of ' . $_SERVER['REQUEST_URI'] . ' as ' . $_SERVER['SCRIPT_NAME'];
